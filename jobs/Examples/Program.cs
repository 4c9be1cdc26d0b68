using PathosHpc;
using PathosHpc.Examples;
using Spectre.Console;

const int Failed = 1;
const int Interrupted = 130;

if (CommandLineReader.Read(args, out int exitCode) is not { } plan)
    return exitCode;
if (Console.IsOutputRedirected)
{
    AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });
    AnsiConsole.Profile.Width = 160;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupted.Cancel();
};
try
{
    return await Quickstart.RunAsync(plan, interrupted.Token);
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted; the ranks were ended.");
    return Interrupted;
}
catch (PathosException failure)
{
    Console.Error.WriteLine(failure.Message);
    return Failed;
}
