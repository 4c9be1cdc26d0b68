using System.Globalization;
using System.Text;

namespace PathosHpc;

/// <summary>The text of the scripts of a job folder: the one that the scheduler runs, and the one that every rank passes through.</summary>
internal static class JobScript
{
    /// <summary>Exit code of a script that found no usable job folder; it cannot say so in a file.</summary>
    internal const int NoFolder = 96;

    /// <summary>Exit code of a script whose working folder does not exist on its node.</summary>
    internal const int NoWorkingFolder = 97;

    /// <summary>What of a rank's memory .NET's heap may take; the rest is for the runtime, threads, and MPI.</summary>
    internal const double HeapShare = 0.85;

    /// <summary>Exit code of a program that its node cannot run.</summary>
    internal const int NoProgram = 95;

    /// <summary>Exit code of a script whose program failed, and that cannot write that down, nor could its program write why.</summary>
    internal const int FolderFull = 93;

    /// <summary>Exit code of a job whose client stayed away.</summary>
    internal const int ClientLost = 94;

    internal static string Render(JobPlan plan, IReadOnlyList<string> directives, IReadOnlyList<string> sitePrologue,
        IReadOnlyList<string> nodeLines, LaunchAllocation allocation, string jobIdVariable, string submitFolderVariable)
    {
        var script = new StringBuilder("#!/bin/bash\n");
        foreach (var directive in directives) script.Append(directive).Append('\n');
        script.Append('\n');
        foreach (var line in Claim(plan, jobIdVariable, submitFolderVariable)) script.Append(line).Append('\n');
        script.Append('\n');
        foreach (var line in nodeLines) script.Append(line).Append('\n');
        if (nodeLines.Count > 0) script.Append('\n');
        foreach (var line in SetUp(plan, sitePrologue)) script.Append(line).Append('\n');
        script.Append('\n');
        foreach (var line in Run(plan, allocation)) script.Append(line).Append('\n');
        return script.ToString();
    }

    internal static string RenderRank(JobPlan plan, IReadOnlyList<string> sitePrologue)
    {
        string[] lines =
        [
            "#!/bin/bash",
            "# Sets up one rank on its node, then becomes its program: rank.sh PROGRAM ARGUMENT...",
            "# Read at once: bash reads on after each command that it starts, and thousands of ranks read this.",
            "{",
            $"folder={ShellText.Quote(plan.Folder ?? ".")}",
            "read -r node </proc/sys/kernel/hostname || node=$(uname -n)",
            "if [ \"${PATHOS_NODE:-}\" != \"$node\" ]; then  # the first node was set up by the job's script",
            .. SetUp(plan, sitePrologue).TakeWhile(line => line.Length > 0),
            "fi",
            .. Lines([RenderEnvironment(plan.Spec.Environment)]),
            ProgramCopy.Temporary,
            .. RankShare.Render(plan.Spec.Resources),
            .. ProgramCopy.Render(plan.Spec.Archives, isRank: true),
            .. Limits(plan),
            "exec \"$@\"",
            "}",
        ];
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>The environment file: one export a variable, for bash to source.</summary>
    internal static string RenderEnvironment(IReadOnlyDictionary<string, string> variables) =>
        string.Concat(variables.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"export {v.Key}={ShellText.Quote(v.Value)}\n"));

    private static IEnumerable<string> Claim(JobPlan plan, string jobId, string submitFolder) =>
    [
        $"job=${{{jobId}:?this script is run by the scheduler}}",
        "node=$(uname -n)  # HOSTNAME may be inherited from another node",
        .. plan.Folder is { } folder ? [$"folder={ShellText.Quote(folder)}"]
            : new[] { $"folder=${{{submitFolder}:-$PWD}}/pathos-$job", "mkdir -p -m 700 \"$folder\"" },
        "cd \"$folder\" || {",
        "  echo \"pathos: node $node cannot enter the job folder $folder; all nodes must share its file system.\" >&2",
        $"  exit {NoFolder}",
        "}",
        "# Only the first job that comes here goes on: a submission repeated after a lost answer computes nothing twice.",
        "ln -sn \"job:$job\" claim 2>/dev/null",
        "if [ \"$(readlink claim)\" != \"job:$job\" ] || [ -e canceled ]; then",
        "  echo \"pathos: job $job does nothing: the folder is claimed by $(readlink claim), or was canceled.\" >&2",
        "  exit 0",
        "fi",
        "n=1  # every start of this job is a numbered attempt",
        "until mkdir \"attempt-$n\" 2>/dev/null; do",
        $"  [ -d \"attempt-$n\" ] || {{ echo \"pathos: node $node cannot write to $folder.\" >&2; exit {NoFolder}; }}",
        "  n=$((n + 1))",
        "done",
        "attempt=$folder/attempt-$n",
        $"finish() {{ {{ echo \"$1\" >\"$attempt/exit.new\" && mv \"$attempt/exit.new\" \"$attempt/exit\" || [ \"$1\" = 0 ]; }} && exit \"$1\"; exit {FolderFull}; }}",
        "trap 'echo TERM >>\"$attempt/signals\"; finish 143' TERM",
        .. plan.Folder is null ? Array.Empty<string>() : ["exec >>\"$folder/stdout.log\" 2>>\"$folder/stderr.log\""],
        "exec </dev/null",
        "printf '%s\\n' \"$job\" \"$node\" \"$(date +%s)\" >\"$attempt/started.new\" && mv \"$attempt/started.new\" \"$attempt/started\"",
        "export PATHOS_JOB_ID=$job PATHOS_JOB_FOLDER=$folder PATHOS_ATTEMPT=$n",
        $"export PATHOS_RANK={(plan.Folder is null ? "env" : "$folder/rank.sh")} PATHOS_REMOTE=ssh",
    ];

    /// <summary>Set-up of a node, up to an empty line that rank.sh stops at; then what rank.sh does in every case.</summary>
    private static IEnumerable<string> SetUp(JobPlan plan, IReadOnlyList<string> sitePrologue) =>
    [
        "# What a login shell reads, so that `module` exists; then the prologue.",
        "[ -n \"${HOME:-}\" ] || export HOME=~  # not every scheduler sets it in an empty environment",
        "[ -r /etc/profile ] && . /etc/profile >/dev/null 2>&1",
        "for file in ~/.bash_profile ~/.bash_login ~/.profile; do",
        "  if [ -r \"$file\" ]; then . \"$file\" >/dev/null 2>&1; break; fi",
        "done",
        string.Create(CultureInfo.InvariantCulture, $"export PATHOS_NODE=$node OMP_NUM_THREADS={plan.Spec.Resources.CoresPerRank}"),
        "# A rank's share for .NET: its cores, also where nothing binds it to them, and the most of its memory.",
        "export " + Share(plan.Spec.Resources),
        "ulimit -S -v \"$(ulimit -H -v)\"  # .NET reserves far more memory than it uses",
        "if [ \"$(ulimit -v)\" != unlimited ] && [ \"$(ulimit -v)\" -lt 2097152 ]; then",
        "  echo \"pathos: node $node limits each process to $(ulimit -v) KiB of virtual memory (ulimit -v), in which .NET cannot start: it needs 2 GiB. Have the site raise the hard limit, or ask for more memory where it follows from that.\" >&2",
        "fi",
        .. Lines(sitePrologue),
        .. Lines(plan.Spec.Prologue),
        "",
        "# The job's own environment and limits.",
        "[ -r \"$folder/environment\" ] && . \"$folder/environment\"",
        .. Limits(plan),
    ];

    /// <summary>Ranks side by side would each take the whole node's cores and memory for theirs (for memory that was not asked for, see <see cref="RankShare"/>). Diagnostics leave sockets behind when a rank is killed.</summary>
    private static string Share(ResourceRequest r)
    {
        var share = string.Create(CultureInfo.InvariantCulture, $"DOTNET_PROCESSOR_COUNT={r.CoresPerRank} DOTNET_gcServer=0 DOTNET_EnableDiagnostics=0");
        var memory = r.MemoryPerRank?.Bytes ?? r.MemoryPerNode?.Bytes / (r.HasNodes ? r.RanksPerNode ?? 1 : 1);
        return memory is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{share} DOTNET_GCHeapHardLimit=0x{(long)(bytes * HeapShare):x}") : share;
    }

    private static IEnumerable<string> Run(JobPlan plan, LaunchAllocation allocation)
    {
        var program = Program(plan.Spec, allocation);
        return
        [
            .. plan.Spec.WorkingFolder is not { } folder ? Array.Empty<string>() :
            [
                $"cd {ShellText.Quote(folder)} || {{",
                $"  echo \"pathos: node $node has no working folder \"{ShellText.Quote(folder)} >&2",
                $"  finish {NoWorkingFolder}",
                "}",
            ],
            "# In the background, so that a signal is noted at once and handed on.",
            .. program.SkipLast(1),
            "note() { echo \"$1\" >>\"$attempt/signals\"; kill -\"$1\" $child 2>/dev/null; }",
            .. plan.Spec.Restarts == 0 ? Watched(program[^1]) : [.. AgainAfterSignals(program[^1], plan.Spec.Restarts)],
            "finish $status",
        ];
    }

    /// <summary>Lines that run a program to its end.</summary>
    private static string[] Watched(string program) =>
    [
        program + " &",
        "child=$!",
        "for signal in TERM INT USR1 USR2; do trap \"note $signal\" $signal; done",
        "wait $child; status=$?",
        "while kill -0 $child 2>/dev/null; do wait $child; status=$?; done",
    ];

    /// <summary>The same, and again when a signal ended it. Whoever ends a job tells its script, so one that the script does not know of met the program alone.</summary>
    private static IEnumerable<string> AgainAfterSignals(string program, int times) =>
    [
        "for ((starts = 0; ; starts++)); do",
        .. Watched(program).Select(line => "  " + line),
        string.Create(CultureInfo.InvariantCulture, $"  [ $status -gt 128 ] && [ ! -e \"$attempt/signals\" ] && [ $starts -lt {times} ] || break"),
        "  echo \"pathos: what leads job $job was ended by signal $((status - 128)), and is started again.\" >&2",
        "done",
    ];

    private static IReadOnlyList<string> Program(JobSpec spec, LaunchAllocation allocation) =>
        spec.CommandLine is { } line ? [line] : spec.Launcher is not null ? JobLaunchLine.Render(spec, allocation)
            : spec.Archives.Count == 0 ? [ShellText.Join(spec.Command)]
            : [$"set -- {ShellText.Join(spec.Command)}", .. ProgramCopy.Render(spec.Archives, isRank: false), "\"$@\""];

    private static IEnumerable<string> Limits(JobPlan plan) => plan.Spec.Limits.SelectMany(l => Lines([l])).Select(limit => $"ulimit {limit} 2>/dev/null");

    private static IEnumerable<string> Lines(IEnumerable<string> text) =>
        text.SelectMany(t => t.Split('\n')).Select(line => line.TrimEnd('\r', ' ', '\t')).Where(line => line.Length > 0);
}
