using System.Globalization;
using Spectre.Console;

namespace PathosHpc.Examples;

/// <summary>The tables at the end of the quickstart.</summary>
internal static class QuickstartReport
{
    /// <summary>Writes sums, counts and verdicts by class, then the items of each rank.</summary>
    public static void Write(IReadOnlyList<QuickstartResult> results, PoolStatistics statistics, TimeSpan started)
    {
        AnsiConsole.Write(Classes(results));
        AnsiConsole.Write(Ranks(statistics));
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"First item, one more than the classes have, after {started.TotalSeconds:F2} s: the ranks were started and the program loaded.");
    }

    private static Table Classes(IReadOnlyList<QuickstartResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("class");
        foreach (var result in results)
            table.AddColumn(new TableColumn(result.Class.Name).RightAligned());
        AddRow(table, "pairs", results, r => $"2^{r.Class.LogPairs}");
        AddRow(table, "sx", results, r => r.Sums.SumX.ToString("E15", CultureInfo.InvariantCulture));
        AddRow(table, "sy", results, r => r.Sums.SumY.ToString("E15", CultureInfo.InvariantCulture));
        for (int annulus = 0; annulus < EpSums.Annuli; annulus++)
        {
            int l = annulus;
            AddRow(table, $"count {l}", results, r => r.Sums.Counts[l].ToString(CultureInfo.InvariantCulture));
        }
        AddRow(table, "Gaussian pairs", results, r => r.Sums.Pairs.ToString(CultureInfo.InvariantCulture));
        AddRow(table, "verdict", results, r => r.IsVerified ? "[green]verified[/]" : "[red]WRONG[/]");
        AddRow(table, "seconds", results, r => r.Elapsed.TotalSeconds.ToString("F2", CultureInfo.InvariantCulture));
        return table;
    }

    private static void AddRow(Table table, string name, IReadOnlyList<QuickstartResult> results, Func<QuickstartResult, string> cell) =>
        table.AddRow([name, .. results.Select(cell)]);

    private static Table Ranks(PoolStatistics statistics)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("rank").AddColumn("node");
        table.AddColumn(new TableColumn("items").RightAligned()).AddColumn(new TableColumn("share").RightAligned());
        foreach (var rank in statistics.Ranks)
        {
            table.AddRow(
                rank.Rank.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(rank.Node),
                rank.Items.ToString(CultureInfo.InvariantCulture),
                statistics.Share(rank.Rank).ToString("P0", CultureInfo.InvariantCulture));
        }
        return table;
    }
}
