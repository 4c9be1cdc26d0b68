using CommandLine;
using CommandLine.Text;
using Spectre.Console;

namespace PathosHpc;

/// <summary>The pathos tool, free of the process it runs in: a command line in, text and an exit code out.</summary>
internal sealed class PathosTool(TextWriter output, TextWriter error, ClusterHost host)
{
    private static readonly Type[] Verbs =
    [
        typeof(SubmitOptions), typeof(StatusOptions), typeof(WaitOptions), typeof(LogsOptions), typeof(CancelOptions),
        typeof(HoldOptions), typeof(ReleaseOptions), typeof(ScriptOptions), typeof(AttachOptions), typeof(FetchOptions), typeof(DoctorOptions),
        typeof(HostsOptions), typeof(ExecOptions), typeof(CopyOptions), typeof(ConnectOptions), typeof(ServeOptions), typeof(PortPickerOptions),
    ];

    internal TextWriter Output => output;

    internal TextWriter Error => error;

    internal ClusterHost Host => host;

    /// <summary>Tables and the like; plain where the output is no terminal.</summary>
    internal IAnsiConsole Screen { get; } = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(output),
        Ansi = output == Console.Out ? AnsiSupport.Detect : AnsiSupport.No,
        Interactive = output == Console.Out ? InteractionSupport.Detect : InteractionSupport.No,
    });

    /// <summary>Both outputs as bytes, for what another program wrote.</summary>
    internal (Stream Output, Stream Error) Streams() => output == Console.Out ? (Console.OpenStandardOutput(), Console.OpenStandardError()) : (new TextStream(output), new TextStream(error));

    internal async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        using var parser = new Parser(settings => (settings.HelpWriter, settings.EnableDashDash, settings.AllowMultiInstance) = (null, true, true));
        var parsed = parser.ParseArguments(args, Verbs);
        if (parsed is NotParsed<object> failed) return Help(failed, args);
        try
        {
            var options = ((Parsed<object>)parsed).Value;
            if (options is not CommonOptions { Site: { } site } || options is DoctorOptions || !SshSite.HasAddress(site)) return await RunAsync(options, cancellationToken).ConfigureAwait(false);
            // The site is far away: its jobs, their folders and their logs are there.
            await using var far = SshHost.FromSite(site);
            return await new PathosTool(output, error, far).RunAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (UsageException e)
        {
            return Fail(e, e.ExitCode);
        }
        catch (Exception e) when (e is InvalidJobException or InvalidSiteProfileException or NodeStringException or FormatException or ArgumentException)
        {
            return Fail(e, ExitCodes.Usage);
        }
        catch (Exception e) when (e is JobFailedException or JournalException or HostFailedException or IOException or UnauthorizedAccessException)
        {
            return Fail(e, ExitCodes.Refused);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }

    private Task<int> RunAsync(object options, CancellationToken cancellationToken) => options switch
    {
        SubmitOptions o => SubmitCommand.RunAsync(this, o, cancellationToken),
        ScriptOptions o => ScriptCommand.RunAsync(this, o, cancellationToken),
        StatusOptions o => StatusCommand.RunAsync(this, o, cancellationToken),
        WaitOptions o => WaitCommand.RunAsync(this, o, cancellationToken),
        LogsOptions o => LogsCommand.RunAsync(this, o, cancellationToken),
        CancelOptions o => ControlCommand.CancelAsync(this, o, cancellationToken),
        HoldOptions o => ControlCommand.HoldAsync(this, o, cancellationToken),
        ReleaseOptions o => ControlCommand.ReleaseAsync(this, o, cancellationToken),
        AttachOptions o => MapCommand.AttachAsync(this, o, cancellationToken),
        FetchOptions o => MapCommand.FetchAsync(this, o, cancellationToken),
        DoctorOptions o => new DoctorCommand(this, o).RunAsync(cancellationToken),
        HostsOptions o => HostsCommand.RunAsync(this, o, cancellationToken),
        ExecOptions o => ExecCommand.RunAsync(this, o, cancellationToken),
        CopyOptions o => CopyCommand.RunAsync(this, o, cancellationToken),
        ConnectOptions o => ConnectCommand.RunAsync(this, o, cancellationToken),
        ServeOptions o => ServeCommand.RunAsync(this, o, cancellationToken),
        PortPickerOptions o => Task.FromResult(PortPickerCommand.Run(this, o)),
        _ => throw new UsageException($"'{options.GetType().Name}' has no command."),
    };

    private int Fail(Exception e, int exitCode)
    {
        error.WriteLine($"pathos: {e.Message}");
        return exitCode;
    }

    private int Help(NotParsed<object> failed, string[] args)
    {
        var isAsked = failed.Errors.All(e => e.Tag is ErrorType.HelpRequestedError or ErrorType.HelpVerbRequestedError or ErrorType.VersionRequestedError);
        var isVersion = failed.Errors.IsVersion();
        var text = isVersion ? HelpText.AutoBuild(failed) : HelpText.AutoBuild(failed, help =>
        {
            (help.AdditionalNewLineAfterOption, help.MaximumDisplayWidth) = (false, 110);
            help.AddPostOptionsLine("Exit codes: 0 done, 1 the job failed, 2 wrong usage, 3 the scheduler or the host refused or did not answer, 4 no such job, 5 the job was canceled.");
            return HelpText.DefaultParsingErrorsHandler(failed, help);
        }, e => e, verbsIndex: args.Length == 0 || args[0].StartsWith('-') || args[0] == "help");
        (isAsked ? output : error).WriteLine(text);
        return isAsked ? ExitCodes.Ok : ExitCodes.Usage;
    }
}
