using CommandLine;
using CommandLine.Text;

namespace PathosHpc.Examples;

/// <summary>Reads the command line: a plan, or the exit code with which the program ends at once.</summary>
internal static class CommandLineReader
{
    private const int Ok = 0;
    private const int UsageError = 64;

    /// <summary>Null when the command line is wrong or only asks for help; what was to be said was said then.</summary>
    public static QuickstartPlan? Read(string[] args, out int exitCode)
    {
        using var strict = new Parser(settings => settings.HelpWriter = null);
        var parsed = strict.ParseArguments<QuickstartOptions>(args);
        if (parsed.Errors.Any(e => e.Tag is ErrorType.HelpRequestedError or ErrorType.VersionRequestedError))
        {
            Console.Out.WriteLine(parsed.Errors.IsVersion() ? HelpText.AutoBuild(parsed).Heading : HelpText.AutoBuild(parsed));
            exitCode = Ok;
            return null;
        }
        var errors = new List<string>([.. parsed.Errors.Select(Sentence), .. WithoutValue(args)]);
        QuickstartPlan? plan = null;
        if (ReadKnown(args) is { } options && !options.TryRead(out plan, out var inValues))
            errors.AddRange(inValues);
        foreach (string error in errors)
            Console.Error.WriteLine(error);
        if (errors.Count > 0)
            Console.Error.WriteLine("See ./quickstart --help.");
        exitCode = errors.Count > 0 ? UsageError : Ok;
        return errors.Count > 0 ? null : plan;
    }

    /// <summary>The options that are known, whatever else is on the command line.</summary>
    private static QuickstartOptions? ReadKnown(string[] args)
    {
        using var lenient = new Parser(settings => (settings.HelpWriter, settings.IgnoreUnknownArguments) = (null, true));
        return lenient.ParseArguments<QuickstartOptions>(args).Value;
    }

    /// <summary>Options that nothing follows; the parser takes these for options that were not given.</summary>
    private static IEnumerable<string> WithoutValue(string[] args) =>
        args.Where((arg, i) => arg.StartsWith("--", StringComparison.Ordinal) && !arg.Contains('=')
                && (i + 1 == args.Length || args[i + 1].StartsWith("--", StringComparison.Ordinal)))
            .Select(arg => $"{arg} has no value; give one behind it.");

    private static string Sentence(Error error) => error switch
    {
        UnknownOptionError unknown => $"'{unknown.Token}' is not an option.",
        RepeatedOptionError repeated => $"--{repeated.NameInfo.LongName} is given more than once; keep one of them.",
        BadFormatTokenError bad => $"'{bad.Token}' is not understood.",
        _ => $"The command line is wrong: {error.Tag}.",
    };
}
