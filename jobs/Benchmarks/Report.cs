using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Spectre.Console;

namespace PathosHpc.Benchmarks;

/// <summary>Writes the figures of a session: medians as a table, and everything as JSON.</summary>
internal sealed class Report(Figures figures, IReadOnlyList<(string Name, string Unit, string Description)> rows, IReadOnlyList<string> columns, int rounds)
{
    private const string Begin = "<!-- figures -->", End = "<!-- end of figures -->";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the table, the meaning of its rows, and what failed.</summary>
    public void WriteTable()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("median").AddColumn("unit");
        foreach (string column in columns)
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var (name, unit, _) in rows)
            table.AddRow([name, unit, .. columns.Select(column => Cell(figures.Median(name, column)))]);
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 160;
        AnsiConsole.Write(table);
        foreach (var (name, _, description) in rows)
            Console.Out.WriteLine($"{name}: {description}.");
        Console.Out.WriteLine($"Medians of {rounds} round{(rounds == 1 ? "" : "s")}; k is 1000, M a million. In C, rank 0 only deals; in a pool it computes too.");
    }

    /// <summary>Why the table cannot be put into a page, or null.</summary>
    public static string? MarksMissing(string path)
    {
        if (!File.Exists(path))
            return $"--markdown names {path}, which is no file here: the table is put into a page that exists.";
        string page = File.ReadAllText(path);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal);
        return begin >= 0 && page.IndexOf(End, begin, StringComparison.Ordinal) > begin ? null : $"--markdown names {path}, which lacks the marks {Begin} and {End}, between which the figures belong.";
    }

    /// <summary>Puts the table, with the machine that it is from, between two marks of a page.</summary>
    public void WriteMarkdown(string path)
    {
        string page = File.ReadAllText(path);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        var table = new System.Text.StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"\n{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}; medians of {rounds}.\n\n");
        table.Append("| | unit |").AppendJoin(" | ", columns.Select(c => $" {c}")).Append(" |\n|---|---|").Append(string.Concat(Enumerable.Repeat("--:|", columns.Count))).Append('\n');
        foreach (var (name, unit, _) in rows)
            table.Append(CultureInfo.InvariantCulture, $"| {name} | {unit} |").AppendJoin(" | ", columns.Select(column => $" {Cell(figures.Median(name, column))}")).Append(" |\n");
        table.Append('\n').AppendJoin('\n', rows.Select(r => $"- **{r.Name}**: {r.Description}.")).Append('\n');
        File.WriteAllText(path, page[..(begin + Begin.Length)] + table + page[end..]);
    }

    /// <summary>Writes every figure, and the machine that it is from.</summary>
    public void WriteJson(string path)
    {
        var document = new
        {
            date = DateTime.UtcNow,
            rounds,
            machine = new
            {
                os = RuntimeInformation.OSDescription,
                architecture = RuntimeInformation.OSArchitecture.ToString(),
                runtime = RuntimeInformation.FrameworkDescription,
                cores = Environment.ProcessorCount,
                loadAtEnd = LoadAverage(),
            },
            figures = rows.SelectMany(row => columns.Select(column => (Row: row, Column: column))).Where(c => figures.Of(c.Row.Name, c.Column).Count > 0).Select(c => new
            {
                workload = c.Row.Name,
                unit = c.Row.Unit,
                pool = c.Column,
                median = Number(figures.Median(c.Row.Name, c.Column)!.Value),
                samples = figures.Of(c.Row.Name, c.Column).Select(Number),
            }),
            failures = figures.Failures,
        };
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(document, Indented) + "\n");
    }

    /// <summary>Three digits, thousands and millions by letter.</summary>
    private static string Cell(double? median) => median switch
    {
        null => "",
        double.NaN => "> 2000",
        >= 1e6 => Digits(median.Value / 1e6) + " M",
        >= 1e4 => Digits(median.Value / 1e3) + " k",
        _ => Digits(median.Value),
    };

    private static string Digits(double figure) =>
        figure.ToString(figure >= 100 ? "F0" : figure >= 10 ? "F1" : figure >= 1 ? "F2" : "G3", CultureInfo.InvariantCulture);

    /// <summary>JSON has no NaN.</summary>
    private static double? Number(double figure) => double.IsFinite(figure) ? figure : null;

    private static string? LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Trim() : null;
}
