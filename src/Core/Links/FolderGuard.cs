using System.ComponentModel;
using System.Diagnostics;

namespace PathosHpc;

/// <summary>Removes a pool's private folder if this process is killed: a shell of a megabyte, which waits for its input to be closed.</summary>
/// <remarks>Ranks would do it, but their launcher may end them first, before they have come up.</remarks>
internal sealed class FolderGuard : IDisposable
{
    // A rank that is just starting may make files while the folder is removed, but not for a second.
    private const string Script = "read -r _; rm -rf -- \"$1\"; sleep 1; rm -rf -- \"$1\"";
    private readonly Process? shell;

    private FolderGuard(Process? shell) => this.shell = shell;

    /// <summary>Starts to guard; where there is no shell, nothing is guarded.</summary>
    public static FolderGuard Start(string folder)
    {
        try
        {
            return new(Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "pathos-guard", folder])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            }));
        }
        catch (Win32Exception)
        {
            return new(null);
        }
    }

    /// <summary>Ends the guard, without its deed.</summary>
    public void Dispose()
    {
        if (shell is null)
            return;
        shell.Kill();
        shell.WaitForExit(2000);
        shell.Dispose();
    }
}
