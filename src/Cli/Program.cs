using System.Runtime.InteropServices;
using PathosHpc;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => (pressed.Cancel, _) = (true, stop.CancelAsync());
using var terminated = ServerMain.EndOn(PosixSignal.SIGTERM, stop);
using var hungUp = ServerMain.EndOn(PosixSignal.SIGHUP, stop);
return await new PathosTool(Console.Out, Console.Error, LocalHost.Instance).RunAsync(args, stop.Token);
