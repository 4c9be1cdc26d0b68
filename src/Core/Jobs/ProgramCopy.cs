using System.Globalization;

namespace PathosHpc;

/// <summary>Lines of bash that run a program from its node's own disk: the first process that comes to a node unpacks the archives, the others wait for it,
/// and each looks at nothing but its node then.</summary>
/// <remarks>The folder there is <c>pathos-hpc-UID</c> in <c>$TMPDIR</c>, else <c>/tmp</c>, and only its owner can enter it. Below it each build has a folder, which appears when it is whole. Who runs
/// of it holds a shared lock on it, so that nobody cleans it away; unpacking and cleaning take an exclusive one on the folder above.</remarks>
internal static class ProgramCopy
{
    /// <summary>Tells a supervisor what it runs of, a line each: the copy, a tab, and the folder it is a copy of.</summary>
    public const string Variable = "PATHOS_COPIES";

    /// <summary>Tells the first rank of a node why it runs of no copy.</summary>
    public const string SharedVariable = "PATHOS_SHARED_PROGRAM";

    /// <summary>Seconds: a copy that was used within them is taken as it is; one that was not is compared with its list before, or removed for another. Cleaners
    /// of temporary folders take single files after ten days.</summary>
    private const int Fresh = 86_400;

    /// <summary>Seconds for which another may unpack.</summary>
    private const int Patience = 30;

    /// <summary>What names a folder that only the login node has is of no use.</summary>
    internal const string Temporary = "[ -w \"${TMPDIR:-/tmp}/\" ] || export TMPDIR=/tmp";

    private static readonly string[] Functions =
    [
        "# This node's own copy of a folder of the program, unpacked from one file by whoever comes first: COPY FOLDER ARCHIVE KEY FILES KIBIBYTES.",
        "take_copy() {  # leaves its path in $copy, or in $why what speaks against one",
        "  local temp base lock",
        "  temp=$(cd -P -- \"${TMPDIR:-/tmp}\" && pwd -P) 2>/dev/null || temp=${TMPDIR:-/tmp}  # as .NET will name it",
        "  base=$temp/pathos-hpc-$UID copy=$temp/pathos-hpc-$UID/${3:0:32} why=",
        "  printf -v now '%(%s)T' -1",
        "  [ -O \"$base\" ] && [ ! -L \"$base\" ] && is_fresh && hold && return",
        "  [ -d \"$base\" ] || mkdir -m 700 \"$base\" 2>/dev/null",
        "  if [ ! -d \"$base\" ]; then why=\"$base cannot be made\"; return 1; fi",
        "  if [ -L \"$base\" ] || [ ! -O \"$base\" ] || ! chmod 700 \"$base\"; then why=\"$base belongs to somebody else\"; return 1; fi",
        "  exec {lock}<\"$base\"",
        $"  flock -w {Text(Patience)} $lock 2>/dev/null || {{ [ $? = 127 ] && why=\"node $node has no flock\" || why=\"$base was locked for {Text(Patience)} s\"; exec {{lock}}<&-; return 1; }}",
        "  is_fresh || unpack \"$@\"",
        "  [ -n \"$why\" ] || { echo $now >\"$copy.used\"; hold || why=\"$copy cannot be entered\"; }",
        "  exec {lock}<&-",
        "  [ -z \"$why\" ]",
        "}",
        $"is_fresh() {{ local used=0; [ -O \"$copy\" ] && read -r used <\"$copy.used\" && [ $((now - used)) -lt {Text(Fresh)} ]; }} 2>/dev/null",
        "hold() { local held; exec {held}<\"$copy\" && flock -s -n $held && [ \"$copy\" -ef /proc/self/fd/$held ] && echo $now >\"$copy.used\"; } 2>/dev/null",
        $"is_whole() {{ ( cd \"$1\" && [ \"$(sha256sum <{ProgramArchive.List})\" = \"$2  -\" ] && sha256sum --status -c {ProgramArchive.List} && [ $(find . -type f | wc -l) -eq $(($3 + 1)) ] ) 2>/dev/null; }}",
        "clean() { chmod -R u+w \"$@\" && rm -rf \"$@\"; } 2>/dev/null",
        "unpack() {",
        "  local part=$base/part old held type free size",
        "  clean \"$part\"",
        "  [ -d \"$copy\" ] && is_whole \"$copy\" \"$3\" \"$4\" && return",
        "  read -r free size type < <(stat -f -c '%a %S %T' \"$base\")",
        "  case $type in nfs*|lustre|gpfs|beegfs|fhgfs|ceph*|smb*|cifs|afs|panfs|ocfs2|gfs*|9p|v9fs) why=\"$temp is itself on a file system of the network ($type)\"; return ;; esac",
        "  [ $((free * size / 1024)) -gt $((2 * $5)) ] || { why=\"$temp has only $((free * size >> 20)) MiB left\"; return; }",
        "  [ -O \"$2\" ] || { why=\"the archive $2 is gone, or somebody else's\"; return; }",
        "  mkdir -m 700 \"$part\" && echo '#!/bin/sh' >\"$part/run\" && chmod 700 \"$part/run\" || { why=\"$base cannot be written to\"; return; }",
        "  \"$part/run\" 2>/dev/null || { why=\"$temp does not let programs run (noexec)\"; return; }",
        "  rm \"$part/run\"",
        "  tar -xzf \"$2\" -C \"$part\" --no-same-owner 2>/dev/null && is_whole \"$part\" \"$3\" \"$4\" || { clean \"$part\"; why=\"the archive $2 could not be unpacked whole into $temp\"; return; }",
        "  # Read-only, so that what a rank writes beside its program is not lost with this node, but refused. Builds of which nothing ran for a day go.",
        "  chmod -R a-w \"$part\"",
        "  clean \"$copy\"",
        "  mv -T \"$part\" \"$copy\" || why=\"$base cannot be written to\"",
        "  for old in \"$base\"/*.used; do",
        "    read -r size <\"$old\"",
        $"    [ \"$old\" != \"$copy.used\" ] && [ $((now - ${{size:-0}})) -ge {Text(Fresh)} ] && exec {{held}}<\"${{old%.used}}\" || continue",
        "    flock -n $held && mv -T \"${old%.used}\" \"$part\" && rm \"$old\" && clean \"$part\"",
        "    exec {held}<&-",
        "  done 2>/dev/null",
        "}",
    ];

    /// <summary>Lines after which the positional parameters are a command that runs of the copies, where there can be any.</summary>
    /// <param name="archives">What of the program is packed.</param>
    /// <param name="isRank">Whether one of several processes on the node runs the lines, whose number is in <c>$place</c>.</param>
    internal static IEnumerable<string> Render(IReadOnlyList<ProgramArchive> archives, bool isRank)
    {
        if (archives.Count == 0)
            return [];
        return
        [
            .. isRank ? Array.Empty<string>() : [Temporary],
            .. Functions,
            .. archives.SelectMany(archive => (string[])
            [
                $"shared={ShellText.Quote(archive.Folder)}",
                $"if take_copy \"$shared\" {ShellText.Quote(archive.Path)} {archive.Key} {Text(archive.Files)} {Text(archive.Kibibytes)}; then",
                "  for word; do",
                "    case $word in \"$shared\"/*) word=$copy${word#\"$shared\"} ;; esac",
                "    set -- \"$@\" \"$word\"; shift",
                "  done",
                .. isRank ? Array.Empty<string>() : [$"  {Variable}+=$copy$'\\t'$shared$'\\n'"],
                "else",
                .. isRank ? [$"  [ \"${{place:-0}}\" != 0 ] || export {SharedVariable}=$why"] : Array.Empty<string>(),
                $"  {(isRank ? "[ \"${place:-0}\" != 0 ] || " : "")}echo \"pathos: node $node starts from $shared, and not from a copy of its own: $why.\" >&2",
                "fi",
            ]),
            .. isRank ? Array.Empty<string>() : [$"export {Variable}"],
        ];
    }

    /// <summary>The words of a command of this process, which may run of a copy, as every node understands them.</summary>
    public static IEnumerable<string> ToShared(IEnumerable<string> command)
    {
        (string Copy, string Shared)[] copies = [.. (Environment.GetEnvironmentVariable(Variable) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(p => p.Length == 2).Select(p => (p[0] + '/', p[1] + '/'))];
        return command.Select(word => copies.Where(c => word.StartsWith(c.Copy, StringComparison.Ordinal)).Select(c => c.Shared + word[c.Copy.Length..]).FirstOrDefault(word));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
