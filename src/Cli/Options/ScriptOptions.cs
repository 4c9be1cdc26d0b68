using CommandLine;

namespace PathosHpc;

/// <summary>pathos script</summary>
[Verb("script", HelpText = "Show the script and the command of a submission, without submitting.")]
internal sealed class ScriptOptions : JobOptions;
