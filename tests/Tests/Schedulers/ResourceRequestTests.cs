namespace PathosHpc.Tests;

public class ResourceRequestTests
{
    [Theory]
    [InlineData("4", 4, 1, 4)]
    [InlineData("4:ppn=2", 4, 1, 8)]
    [InlineData("4:nodetype:ppn=2", 4, 1, 8)]
    [InlineData("10:cpp=2:ppn=5", 10, 2, 50)]
    [InlineData("10:ppn=5:cpp=2", 10, 2, 50)]
    [InlineData("4:cpp=2", 4, 2, 4)]
    [InlineData("4:ppn=2,partition=foo", 4, 1, 8)]
    [InlineData("'4:ppn=2'", 4, 1, 8)]
    [InlineData("\"4:ppn=2:cpp=8\"", 4, 8, 8)]
    public void Ranks_are_nodes_times_ppn_and_cpp_is_cores_per_rank(string text, int nodes, int cores, int ranks)
    {
        var request = ResourceRequest.Parse(text);
        Assert.Equal((nodes, cores, ranks), (request.Nodes, request.CoresPerRank, request.TotalRanks));
        Assert.Empty(request.Check());
    }

    [Theory]
    [InlineData("4")]
    [InlineData("4:ppn=2")]
    [InlineData("4:ppn=1")]
    [InlineData("4:fast:ppn=2:cpp=8")]
    [InlineData("10:cpp=2:ppn=5")]
    [InlineData("4:ppn=2,partition=foo,qos=bar")]
    public void What_is_rendered_reads_back_the_same(string text)
    {
        var request = ResourceRequest.Parse(text);
        Assert.Equal(request, ResourceRequest.Parse(request.ToNodeString()));
        Assert.Equal(request.ToNodeString(), ResourceRequest.Parse(request.ToNodeString()).ToNodeString());
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("x", 0)]
    [InlineData("0", 0)]
    [InlineData("4x", 1)]
    [InlineData("4:", 2)]
    [InlineData("4::ppn=2", 2)]
    [InlineData("4:ppn=", 6)]
    [InlineData("4:ppn=x", 6)]
    [InlineData("4:ppn=2x", 7)]
    [InlineData("4:ppn=2:ppn=3", 8)]
    [InlineData("4:a:b", 4)]
    [InlineData("4:pp=2", 2)]
    [InlineData("4:ppn=2,", 8)]
    [InlineData("4:ppn=2,a=b c", 11)]
    [InlineData("'4:ppn=2", 8)]
    [InlineData("'4:ppn=", 7)]
    [InlineData("99999999999", 0)]
    public void An_error_says_where(string text, int position)
    {
        var error = Assert.Throws<NodeStringException>(() => ResourceRequest.Parse(text));
        Assert.Equal(position, error.Position);
        Assert.Contains($"position {position}", error.Message, StringComparison.Ordinal);
        Assert.False(ResourceRequest.TryParse(text, out _));
    }

    [Fact]
    public void All_contradictions_are_told_at_once()
    {
        var request = new ResourceRequest
        {
            Nodes = 0,
            Ranks = 4,
            CoresPerRank = -1,
            MemoryPerNode = MemorySize.GiB(1),
            MemoryPerRank = MemorySize.GiB(1),
            Walltime = TimeSpan.Zero,
            NodeType = "a b",
        };
        Assert.Equal(6, request.Check().Count);
    }

    [Theory]
    [InlineData("64G", 64L << 30, "64G")]
    [InlineData("65536mb", 64L << 30, "64G")]
    [InlineData("1.5GiB", 3L << 29, "1536M")]
    [InlineData("1000", 1000, "1000")]
    [InlineData("2T", 2L << 40, "2T")]
    public void Memory_is_read_and_shown(string text, long bytes, string shown)
    {
        Assert.Equal(bytes, MemorySize.Parse(text).Bytes);
        Assert.Equal(shown, MemorySize.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1G")]
    [InlineData("64X")]
    [InlineData("9999999T")]
    public void What_is_no_memory_is_refused(string text) => Assert.Throws<FormatException>(() => MemorySize.Parse(text));

    [Theory]
    [InlineData(12 * 3600, "0-12:00:00", "12:00:00")]
    [InlineData(11 * 3600 + 59 * 60, "0-11:59:00", "11:59:00")]
    [InlineData(26 * 3600 + 3, "1-02:00:03", "26:00:03")]
    [InlineData(0.5, "0-00:00:01", "00:00:01")]
    [InlineData(1000 * 3600, "41-16:00:00", "1000:00:00")]
    public void Walltime_has_one_form_for_each_scheduler(double seconds, string slurm, string pbs)
    {
        var limit = TimeSpan.FromSeconds(seconds);
        Assert.Equal((slurm, pbs), (WalltimeText.Slurm(limit), WalltimeText.Pbs(limit)));
        Assert.Equal(Math.Ceiling(seconds), WalltimeText.Read(slurm)!.Value.TotalSeconds);
        Assert.Equal(Math.Ceiling(seconds), WalltimeText.Read(pbs)!.Value.TotalSeconds);
    }

    [Theory]
    [InlineData("UNLIMITED")]
    [InlineData("")]
    [InlineData("N/A")]
    public void What_is_no_walltime_is_none(string text) => Assert.Null(WalltimeText.Read(text));
}
