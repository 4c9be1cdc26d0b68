using System.Runtime.Versioning;
using PathosHpc.Tests;

namespace PathosHpc.ClusterTests;

/// <summary>An sshd that logs in a user without privileges: one that is made for the run when that is root's, whose rights would hide faults.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class OrdinaryUserSshd : PrivateSshd
{
    protected override string Shells => "bash";

    protected override string Extra => $"SetEnv \"TMPDIR={Temporary}\"";

    internal string Temporary => Folder + "/tmp";

    internal string Home => Environment.IsPrivilegedProcess ? Folder + "/home/bash" : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>A folder that he may enter and read, not write.</summary>
    internal string Locked => Folder + "/locked";

    internal string User => Environment.IsPrivilegedProcess ? File.ReadAllText(Folder + "/users").Trim() : Environment.UserName;

    internal SshHost Login() => Host(Environment.IsPrivilegedProcess ? "box-bash" : "box");

    public override async Task InitializeAsync()
    {
        Directory.CreateDirectory(Temporary);
        File.SetUnixFileMode(Temporary, (UnixFileMode)0b1_111_111_111);
        Directory.CreateDirectory(Locked);
        File.SetUnixFileMode(Locked, (UnixFileMode)0b101_101_101);
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        if (Directory.Exists(Locked))
            File.SetUnixFileMode(Locked, (UnixFileMode)0b111_000_000);
        await base.DisposeAsync();
    }
}
