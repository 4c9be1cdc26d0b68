using System.ComponentModel;
using System.Diagnostics;

namespace PathosHpc;

/// <summary>What ssh says when it fails, as an exception that says what to do.</summary>
internal static class SshFailure
{
    private static readonly (string Text, HostFailureReason Reason, string Advice)[] known =
    [
        ("REMOTE HOST IDENTIFICATION HAS CHANGED", HostFailureReason.HostKey, "Its key is not the one that is known of it: somebody may be in between. Ask its administrators; when the change is theirs, remove the old key with 'ssh-keygen -R'."),
        ("No matching host key", HostFailureReason.HostKey, "Its key is not of a kind that this ssh accepts."),
        ("Host key verification failed", HostFailureReason.HostKey, "Its key is not known here. Connect once by hand with ssh, and compare the key with the site's."),
        ("key is known for", HostFailureReason.HostKey, "Its key is not known here. Connect once by hand with ssh, and compare the key with the site's."),
        ("Too many authentication failures", HostFailureReason.Authentication, "The agent offered too many keys before the right one. Name it in IdentityFile, and set IdentitiesOnly=yes."),
        ("Permission denied", HostFailureReason.Authentication, ""),
        ("Could not resolve hostname", HostFailureReason.Unreachable, "Look at the spelling, and whether this machine is in the right network (VPN)."),
        ("Connection refused", HostFailureReason.Unreachable, "Nothing listens there. Look at the port, and whether the host is up."),
        ("Connection timed out", HostFailureReason.Unreachable, "Nobody answered. Look whether the host is up and whether this machine is in the right network (VPN)."),
        ("timed out", HostFailureReason.Unreachable, "Nobody answered in time. Look whether the host is up and whether this machine is in the right network (VPN)."),
        ("No route to host", HostFailureReason.Unreachable, "Look whether this machine is in the right network (VPN)."),
        ("Network is unreachable", HostFailureReason.Unreachable, "Look whether this machine is in the right network (VPN)."),
        ("administratively prohibited", HostFailureReason.Refused, "The server forbids it (MaxSessions, AllowTcpForwarding)."),
        ("Session open refused", HostFailureReason.Refused, "The server allows no further session (MaxSessions)."),
        ("forwarding failed", HostFailureReason.Refused, "The server forbids it (AllowTcpForwarding, PermitOpen), or nothing listens at the target."),
        ("Bad configuration option", HostFailureReason.Missing, "This ssh does not know an option that it was given; OpenSSH 7.6 or later is needed."),
        ("not responding", HostFailureReason.Lost, ""),
        ("Broken pipe", HostFailureReason.Lost, ""),
        ("closed by remote host", HostFailureReason.Lost, ""),
        ("Connection closed", HostFailureReason.Unreachable, "The host closed the connection before it was up; it may be too busy, or refuse this machine."),
        ("Connection reset", HostFailureReason.Unreachable, "The host closed the connection before it was up; it may be too busy, or refuse this machine."),
        ("kex_exchange_identification", HostFailureReason.Unreachable, "What answers there is no ssh server, or refuses this machine."),
    ];

    /// <summary>The exception for what ssh wrote before a connection was up.</summary>
    /// <param name="ticket">Ends with code 1 when there is no valid Kerberos ticket.</param>
    public static async Task<HostFailedException> OfAsync(string host, bool mayAsk, string text, HostCommand? ticket = null)
    {
        (string _, HostFailureReason reason, string advice) = known.FirstOrDefault(k => text.Contains(k.Text, StringComparison.OrdinalIgnoreCase));
        if (reason == HostFailureReason.Authentication && advice.Length == 0)
        {
            if (text.Contains("gssapi", StringComparison.Ordinal) && await HasNoTicketAsync(ticket ?? new HostCommand("klist", "-s")).ConfigureAwait(false))
                (reason, advice) = (HostFailureReason.KerberosTicket, "The host takes Kerberos tickets, and there is none here that is valid: it has expired, or there never was one. Get one with 'kinit'.");
            else
                advice = "Look at the user name and the key; 'ssh -v' tells what was tried." + (mayAsk ? "" : " If a password or a code is needed: there is no terminal to ask on, so connect from one.");
        }
        return new HostFailedException(reason, host, $"{host} cannot be reached by ssh. {Said(text)}{advice}".Trim());
    }

    /// <summary>The exception for a program that is not there.</summary>
    public static HostFailedException NoProgram(string host, string program, Win32Exception e) =>
        new(HostFailureReason.Missing, host, $"{host} cannot be reached, since '{program}' cannot be started: {e.Message}. Install the OpenSSH client, or name it in SshHostOptions.Program.", e);

    /// <summary>The exception for a connection that was up.</summary>
    public static HostFailedException Lost(string host, string text) =>
        new(HostFailureReason.Lost, host, $"The connection to {host} was lost. {Said(text)}".Trim());

    /// <summary>Whether what ssh wrote says that the server allows no further session.</summary>
    public static bool IsRefusedSession(string text) =>
        text.Contains("Session open refused", StringComparison.Ordinal) || text.Contains("open failed", StringComparison.Ordinal) || text.Contains("disabling multiplexing", StringComparison.Ordinal);

    private static string Said(string text)
    {
        string[] lines = [.. text.Split('\n').Select(l => l.Trim().Trim('@').Trim()).Where(l => l.Length > 0).TakeLast(4)];
        return lines.Length == 0 ? "" : $"It said: {string.Join(" / ", lines)}{(lines[^1].EndsWith('.') ? " " : ". ")}";
    }

    private static async Task<bool> HasNoTicketAsync(HostCommand ticket)
    {
        try
        {
            var result = await LocalHost.Instance.RunAsync(ticket with { Timeout = TimeSpan.FromSeconds(5) }).ConfigureAwait(false);
            return result.ExitCode == 1;
        }
        catch (Exception e) when (e is IOException or Win32Exception)
        {
            return false;
        }
    }
}
