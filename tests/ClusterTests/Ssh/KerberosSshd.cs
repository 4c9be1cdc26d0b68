using System.Runtime.Versioning;

namespace PathosHpc.ClusterTests;

/// <summary>The same where only Kerberos tickets are taken, with a realm of its own: <c>tests/cluster/kdc.sh</c>.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KerberosSshd : PrivateSshd
{
    private string Realm => Folder + "/realm";

    protected override string Extra => "GSSAPIAuthentication yes\nGSSAPIStrictAcceptorCheck no\nPubkeyAuthentication no";

    protected override IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["KRB5_KTNAME"] = Realm + "/keytab", ["KRB5_CONFIG"] = Realm + "/krb5.conf" };

    public override async Task InitializeAsync()
    {
        await RunAsync("kdc.sh", "start", Realm);
        await base.InitializeAsync();
        // Tickets are for names of hosts.
        File.WriteAllText(Configuration, $"Host box\n  HostName localhost\n  AddressFamily inet\n  HostKeyAlias box\n  GSSAPIAuthentication yes\n{File.ReadAllText(Configuration)}");
        File.AppendAllText(Folder + "/known_hosts", $"box {string.Join(' ', File.ReadAllText(Folder + "/hostkey.pub").Split(' ')[..2])}\n");
    }

    public override async Task DisposeAsync()
    {
        await RunAsync("kdc.sh", "stop", Realm);
        await base.DisposeAsync();
    }

    /// <summary>What programs of a user of the realm need to know.</summary>
    internal IReadOnlyDictionary<string, string> UserVariables => new Dictionary<string, string> { ["KRB5_CONFIG"] = Realm + "/krb5.conf", ["KRB5CCNAME"] = "FILE:" + Realm + "/tickets" };

    /// <summary>Gets a ticket that lasts for so long.</summary>
    internal Task GetTicketAsync(int seconds) => RunAsync("kdc.sh", "ticket", Realm, seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
