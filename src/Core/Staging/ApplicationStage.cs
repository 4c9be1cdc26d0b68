using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using NLog;

namespace PathosHpc;

/// <summary>This application on another host: brings what is missing there, the runtime too where there is none, and tells how workers are started.</summary>
internal sealed class ApplicationStage
{
    /// <summary>The oldest glibc that .NET 10 runs on.</summary>
    private static readonly Version leastGlibc = new(2, 27);
    private static readonly Logger Log = LogManager.GetLogger("PathosHpc.Staging");

    private const string FindDotnet = """
        for d in "$1" "$(command -v dotnet 2>/dev/null)" "$DOTNET_ROOT/dotnet" "$HOME/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
          [ "$1" != - ] && [ -x "$d" ] || continue
          l=$("$d" --list-runtimes 2>/dev/null) || continue
          ok=yes
          for f in $3; do case "$l" in *"$f $2."*) ;; *) ok=no;; esac; done
          [ $ok = yes ] && { printf 'dotnet=%s\n' "$d"; break; }
        done
        printf 'system=%s %s\n' "$(uname -s)" "$(uname -m)"
        printf 'libc=%s\n' "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
        for n in libstdc++.so.6 libicuuc.so; do
          for f in /lib/$n* /usr/lib/$n* /lib64/$n* /usr/lib64/$n* /usr/lib/*/$n* /lib/*/$n*; do [ -e "$f" ] && { printf '%s=yes\n' "$n"; break; }; done
        done
        """;

    /// <summary>Folders of an application larger than this are an error somewhere.</summary>
    private const long MostBytes = 4L << 30;

    private readonly ApplicationImage image;
    private readonly string folder, dotnet;
    private readonly bool invariant;
    private readonly IReadOnlyList<(string Folder, IReadOnlyList<StagedFile> Files)> parts;

    /// <summary>Becomes a command on a node of a job, whose files the login node shares, when the program and its runtime can run there.</summary>
    private static readonly string OnNode = $$"""
        p=$1 m=$2; shift 2
        if [ ! -x "$p" ]; then
          echo "pathos: node $(uname -n) does not see $p, which was brought to the login node: the cache (~/.cache/pathos-hpc, or XDG_CACHE_HOME over there) must lie on a file system that all nodes share. If it does, the cache was cleaned while the job waited; submit it again." >&2
          exit {{JobScript.NoProgram}}
        fi
        if [ -n "$m" ]; then
          t=$("$p" --list-runtimes 2>&1) || { echo "pathos: node $(uname -n) ($(uname -sm), $(getconf GNU_LIBC_VERSION 2>/dev/null)) cannot run $p: $t Install .NET $m on the nodes, and name it in the options of the host (Dotnet)." >&2; exit {{JobScript.NoProgram}}; }
          i=
          for f in /lib/libicuuc.so* /usr/lib/libicuuc.so* /lib64/libicuuc.so* /usr/lib64/libicuuc.so* /usr/lib/*/libicuuc.so* /lib/*/libicuuc.so*; do [ -e "$f" ] && i=yes; done
          [ -n "$i" ] || { echo "pathos: node $(uname -n) has no ICU: ranks run with invariant globalization, so texts compare and format without a culture." >&2; export {{WorkerProgram.InvariantVariable}}=1; }
        fi
        exec "$@"
        """;

    private ApplicationStage(ApplicationImage image, string folder, string dotnet, bool invariant, IReadOnlyList<(string Folder, IReadOnlyList<StagedFile> Files)> parts) =>
        (this.image, this.folder, this.dotnet, this.invariant, this.parts) = (image, folder, dotnet, invariant, parts);

    /// <summary>Brings the application to a host.</summary>
    /// <param name="host">The host, or one of its nodes.</param>
    /// <param name="forNodes">Whether it is for nodes that share the host's files and need not have the dotnet that the host has: then the runtime is brought along
    /// wherever it may run.</param>
    /// <param name="cancellationToken">Ends the attempt; what is over stays there.</param>
    /// <exception cref="HostFailedException">The host cannot be reached, or the application not run there.</exception>
    /// <exception cref="JobFailedException">It cannot be told how this application starts.</exception>
    public static async Task<ApplicationStage> BringAsync(StagingPlace host, bool forNodes, CancellationToken cancellationToken)
    {
        ApplicationImage image = WorkerProgram.Image();
        var cache = new HostCache(host);
        IReadOnlyList<StagedFile> files = image.IsSingleFile ? [StagedFile.Read(Path.Combine(image.Folder, image.Executable!), image.Executable!)] : StagedFile.ReadFolder(image.Folder);
        if (files.Sum(f => f.Size) > MostBytes)
            throw new HostFailedException(HostFailureReason.File, host.Name, $"The application's folder has {files.Sum(f => f.Size) >> 20} MiB in {files.Count} files; at most {MostBytes >> 20} MiB are brought to a host. Is it a folder of its own?");
        IReadOnlyList<StagedFile> runtime = [];
        (string dotnet, bool invariant) = ("", false);
        if (image.Executable is null)
            (dotnet, invariant, runtime) = await DotnetAsync(host, cache, image, forNodes, cancellationToken).ConfigureAwait(false);
        string folder = await cache.StageAsync(files, cancellationToken).ConfigureAwait(false);
        return new ApplicationStage(image, folder, dotnet, invariant,
            [.. image.IsSingleFile ? [] : new[] { (folder, files) }, .. runtime.Count == 0 ? [] : new[] { (dotnet[..dotnet.LastIndexOf('/')], runtime) }]);
    }

    /// <summary>Packs what was brought there for the nodes of a job.</summary>
    public async Task<IReadOnlyList<ProgramArchive>> PackAsync(ClusterHost host, string? workFolder, CancellationToken cancellationToken)
    {
        var archives = new List<ProgramArchive>();
        foreach ((string brought, IReadOnlyList<StagedFile> files) in parts)
        {
            if (await ProgramArchive.MakeAsync(host, brought, files, workFolder, cancellationToken).ConfigureAwait(false) is { } archive)
                archives.Add(archive);
        }
        return archives;
    }

    /// <summary>The command that runs a library's program there.</summary>
    public HostCommand Command(Assembly library, params string[] arguments)
    {
        (IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables) = image.Command(library, folder, dotnet, arguments);
        return new HostCommand(command) { Variables = invariant ? new Dictionary<string, string>(variables) { [WorkerProgram.InvariantVariable] = "1" } : variables };
    }

    /// <summary>The command that runs a library's program on a node of a job.</summary>
    public IReadOnlyList<string> CommandOnNode(Assembly library, params string[] arguments)
    {
        (IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables) = image.Command(library, folder, dotnet, arguments);
        return ["/bin/sh", "-c", OnNode, "pathos-node", command[0], image.Executable is null ? ApplicationImage.Major : "", "env", .. variables.Select(v => $"{v.Key}={v.Value}"), .. command];
    }

    private static async Task<(string Dotnet, bool Invariant, IReadOnlyList<StagedFile> Brought)> DotnetAsync(StagingPlace host, HostCache cache, ApplicationImage image, bool forNodes, CancellationToken cancellationToken)
    {
        string? dotnetThere = host.Dotnet;
        if (forNodes && dotnetThere is { Length: > 0 })
            return (dotnetThere, false, []);
        IReadOnlyList<string> frameworks = image.Frameworks();
        CommandResult result = await host.RunAsync(new HostCommand(["/bin/sh", "-c", FindDotnet, "sh", dotnetThere switch { null => "", "" => "-", _ => dotnetThere }, ApplicationImage.Major, string.Join(' ', frameworks)]), cancellationToken).ConfigureAwait(false);
        Dictionary<string, string> found = result.Lines.Select(line => line.Split('=', 2)).Where(p => p.Length == 2).DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1]);
        string problem = Objection(found);
        if (found.TryGetValue("dotnet", out string? there) && (!forNodes || problem.Length > 0))
            return (there, false, []);
        if (problem.Length > 0)
            throw new HostFailedException(HostFailureReason.Missing, host.Name, $"{host.Name} has no .NET {ApplicationImage.Major} ({string.Join(", ", frameworks)}), and that of this machine does not run there: {problem} Install .NET {ApplicationImage.Major} there, and name it in Dotnet.");
        bool invariant = !found.ContainsKey("libicuuc.so");
        if (invariant)
            Log.Warn("{Host} has no ICU: workers there run with invariant globalization, so texts compare and format without a culture.", host.Name);
        IReadOnlyList<StagedFile> files = RuntimeFiles(frameworks);
        string root = await cache.StageAsync(files, cancellationToken).ConfigureAwait(false);
        Log.Info("{Host} runs on the .NET that was brought along, in {Folder}.", host.Name, root);
        return (root + "/dotnet", invariant, files);
    }

    /// <summary>Why this machine's runtime does not run there; empty when it does.</summary>
    private static string Objection(Dictionary<string, string> found)
    {
        string own = $"{(OperatingSystem.IsLinux() ? "Linux" : OperatingSystem.IsMacOS() ? "Darwin" : "Windows")} {RuntimeInformation.OSArchitecture switch { Architecture.X64 => "x86_64", Architecture.Arm64 => OperatingSystem.IsMacOS() ? "arm64" : "aarch64", var other => other.ToString() }}";
        string system = found.GetValueOrDefault("system", "unknown");
        if (system != own)
            return $"that is {system}, and this is {own}.";
        string libc = found.GetValueOrDefault("libc", "").Split(' ')[^1];
        if (OperatingSystem.IsLinux() && (!Version.TryParse(libc, out Version? version) || version < leastGlibc))
            return $"it needs glibc {leastGlibc}, and there is {(libc.Length == 0 ? "another C library" : libc)}.";
        return OperatingSystem.IsLinux() && !found.ContainsKey("libstdc++.so.6") ? "it needs libstdc++, which is missing there." : "";
    }

    /// <summary>The files of this machine's dotnet that run the frameworks: the host, the newest resolver, and the newest of each framework of our major version.</summary>
    public static IReadOnlyList<StagedFile> RuntimeFiles(IReadOnlyList<string> frameworks)
    {
        string root = WorkerProgram.RuntimeRoot(), major = ApplicationImage.Major + ".";
        var files = new List<StagedFile> { StagedFile.Read(Path.Combine(root, "dotnet"), "dotnet") };
        foreach (string part in (string[])["host/fxr", .. frameworks.Select(f => "shared/" + f)])
        {
            string newest = Directory.EnumerateDirectories(Path.Combine(root, part)).Select(path => Path.GetFileName(path)!).Where(name => name.StartsWith(major, StringComparison.Ordinal) && Version.TryParse(name, out _))
                .MaxBy(Version.Parse) ?? throw new JobFailedException(JobFailureReason.LaunchFailure, string.Create(CultureInfo.InvariantCulture, $"{root}/{part} has no version {major}x to bring along."));
            files.AddRange(StagedFile.ReadFolder(Path.Combine(root, part, newest), $"{part}/{newest}/"));
        }
        return files;
    }
}
