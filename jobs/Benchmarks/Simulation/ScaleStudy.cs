using System.Globalization;
using System.Text;

namespace PathosHpc.Benchmarks;

/// <summary>How well the root keeps 10^2 to 10^5 ranks busy, by simulation, as a table and a plot.</summary>
internal static class ScaleStudy
{
    /// <summary>Short jobs, in which the last items weigh; the largest world gets fewer, or its simulation takes hours.</summary>
    private static int ItemsPerRank(int ranks) => ranks > 10_000 ? 50 : 200;

    private static readonly int[] ranks = [100, 1000, 10_000, 100_000];
    private static readonly double[] itemSeconds = [1e-3, 10e-3, 100e-3];
    private static readonly string[] colors = ["#c0392b", "#2471a3", "#1e8449"];

    /// <summary>Simulates all, prints a table, and writes the plot.</summary>
    /// <param name="path">The SVG file.</param>
    /// <param name="quick">Whether to leave out the largest worlds.</param>
    public static void Run(string path, bool quick)
    {
        var curves = new List<(double ItemSeconds, bool ByNode, List<(int Ranks, double Efficiency)> Points)>();
        Console.Out.WriteLine("item      ranks   flat  root busy   by node  root busy");
        foreach (double seconds in itemSeconds)
        {
            var flat = new List<(int, double)>();
            var byNode = new List<(int, double)>();
            foreach (int size in ranks.Where(r => !quick || r <= 1000))
            {
                var one = SimulatedWorld.Run(size, seconds, ItemsPerRank(size) * seconds, byNode: false);
                var two = SimulatedWorld.Run(size, seconds, ItemsPerRank(size) * seconds, byNode: true);
                flat.Add((size, one.Efficiency));
                byNode.Add((size, two.Efficiency));
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{seconds * 1e3,3:0} ms  {size,7}  {one.Efficiency,5:P0}  {one.RootBusy,9:P0}  {two.Efficiency,8:P0}  {two.RootBusy,9:P0}"));
            }
            curves.Add((seconds, false, flat));
            curves.Add((seconds, true, byNode));
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, Plot(curves));
        Console.Out.WriteLine($"The plot: {path}");
    }

    private static string Plot(List<(double ItemSeconds, bool ByNode, List<(int Ranks, double Efficiency)> Points)> curves)
    {
        const int Left = 60, Top = 20, Width = 480, Height = 260;
        double X(double size) => Left + (Width * (Math.Log10(size) - 2) / 3);
        double Y(double efficiency) => Top + (Height * (1 - efficiency));
        var svg = new StringBuilder();
        void Line(FormattableString text) => svg.Append(FormattableString.Invariant(text)).Append('\n');
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 340\" font-family=\"sans-serif\" font-size=\"12\">");
        Line($"<rect width=\"700\" height=\"340\" fill=\"white\"/>");
        for (int tenth = 0; tenth <= 10; tenth += 2)
        {
            Line($"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{Y(tenth / 10.0):0.#}\" y2=\"{Y(tenth / 10.0):0.#}\" stroke=\"#ddd\"/>");
            Line($"<text x=\"{Left - 8}\" y=\"{Y(tenth / 10.0) + 4:0.#}\" text-anchor=\"end\">{tenth * 10} %</text>");
        }
        foreach (int size in ranks)
            Line($"<text x=\"{X(size):0.#}\" y=\"{Top + Height + 18}\" text-anchor=\"middle\">{size}</text>");
        Line($"<text x=\"{Left + (Width / 2)}\" y=\"{Top + Height + 40}\" text-anchor=\"middle\">ranks</text>");
        for (int i = 0; i < curves.Count; i++)
        {
            (double seconds, bool byNode, var points) = curves[i];
            string color = colors[Array.IndexOf(itemSeconds, seconds)], dash = byNode ? "5 4" : "none";
            string path = string.Join(' ', points.Select(p => FormattableString.Invariant($"{X(p.Ranks):0.#},{Y(p.Efficiency):0.#}")));
            Line($"<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>");
            double key = Top + 10 + (i * 20);
            Line($"<line x1=\"560\" x2=\"590\" y1=\"{key}\" y2=\"{key}\" stroke=\"{color}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>");
            Line($"<text x=\"596\" y=\"{key + 4}\">{seconds * 1e3:0} ms, {(byNode ? "by node" : "flat")}</text>");
        }
        Line($"</svg>");
        return svg.ToString();
    }
}
