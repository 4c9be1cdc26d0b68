using Xunit.Abstractions;

namespace PathosHpc.Tests;

/// <summary>The coordinator's promises under thousands of orders of events.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 4000;

    [Fact]
    public void Every_item_is_answered_once_and_nothing_waits_for_ever()
    {
        long steps = 0, deaths = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var simulation = new Simulation(seed);
            simulation.Run();
            steps += simulation.Steps;
            deaths += simulation.Deaths;
        }
        output.WriteLine($"{Seeds} schedules, {steps} events, {deaths} lost links.");
        Assert.True(deaths > Seeds / 2, $"Only {deaths} links were lost.");
    }
}
