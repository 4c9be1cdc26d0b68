using PathosHpc;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => (pressed.Cancel, _) = (true, stop.CancelAsync());
return await new PathosTool(Console.Out, Console.Error, LocalHost.Instance).RunAsync(args, stop.Token);
