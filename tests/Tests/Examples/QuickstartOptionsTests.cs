using PathosHpc.Examples;

namespace PathosHpc.Tests.Examples;

public class QuickstartOptionsTests
{
    [Fact]
    public void Defaults_are_the_three_classes_over_MPI_on_all_cores()
    {
        var plan = CommandLineReader.Read([], out _);
        Assert.NotNull(plan);
        Assert.Equal(["S", "W", "A"], plan.Classes.Select(c => c.Name));
        Assert.Equal(PoolKind.Mpi, plan.Kind);
        Assert.Equal(Environment.ProcessorCount, plan.Ranks);
    }

    [Fact]
    public void Values_are_read_in_either_spelling()
    {
        var plan = CommandLineReader.Read(["--class=b,s", "--ranks", "7", "--pool", "Threads"], out _);
        Assert.NotNull(plan);
        Assert.Equal(["B", "S"], plan.Classes.Select(c => c.Name));
        Assert.Equal(7, plan.Ranks);
        Assert.Equal(PoolKind.Threads, plan.Kind);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var options = new QuickstartOptions { Class = "S,X", Ranks = "0", Pool = "2", Mpiexec = "/none/mpiexec" };
        Assert.False(options.TryRead(out _, out var errors));
        Assert.Collection(errors,
            e => Assert.Contains("'X'", e, StringComparison.Ordinal),
            e => Assert.Contains("--ranks is '0'", e, StringComparison.Ordinal),
            e => Assert.Contains("--pool is '2'", e, StringComparison.Ordinal),
            e => Assert.Contains("starts no MPI", e, StringComparison.Ordinal),
            e => Assert.Contains("there is no file", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--ranks")]
    [InlineData("S")]
    [InlineData("--class", "")]
    [InlineData("--ranks", "2", "--ranks", "3")]
    public void A_wrong_command_line_exits_64(params string[] args)
    {
        Assert.Null(CommandLineReader.Read(args, out int exitCode));
        Assert.Equal(64, exitCode);
    }

    [Fact]
    public void Asking_for_help_is_no_error()
    {
        Assert.Null(CommandLineReader.Read(["--help"], out int exitCode));
        Assert.Equal(0, exitCode);
    }
}
