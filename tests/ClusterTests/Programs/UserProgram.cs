using PathosHpc.Tests;

namespace PathosHpc.ClusterTests.Programs;

/// <summary>What a user writes: a program that maps every kind of function over MPI ranks and over worker processes, and a library that it uses.</summary>
internal static class UserProgram
{
    /// <summary>A library of the user's own.</summary>
    public const string Library = """
        namespace Physics;

        public static class Well
        {
            public static double Depth(int level) => 0.5 * level;

            public static double Deeper(double depth, Func<double, double> how) => how(depth) + 1;
        }
        """;

    /// <summary>Statements that map on the pool <c>pool</c> and put what came into the text <c>told</c>.</summary>
    public const string Maps = """
        int offset = 100;
        string word = "captured";
        int Shift(int x) => x + offset + word.Length;
        static IEnumerable<int> Odd(int count)
        {
            for (int i = 0; i < count; i++)
                yield return (2 * i) + 1;
        }
        var query = Enumerable.Range(0, 6).Where(i => i % 2 == 0).Select(i => i * offset);

        int[] captured = await pool.MapAsync(x => (x * x) + offset + word.Length, Enumerable.Range(0, 1000));
        int[] local = await pool.MapAsync(Shift, [1, 2, 3]);
        int[] awaited = await pool.MapAsync(async x => { await Task.Delay(1); return x + offset; }, [1, 2, 3]);
        int[] iterated = await pool.MapAsync(numbers => numbers.Sum(), new[] { Odd(3), Odd(4), query });
        int[] queried = await pool.MapAsync(x => query.Sum() + x, [1, 2]);
        double[] library = await pool.MapAsync(Physics.Well.Depth, [1, 2, 3]);
        double[] both = await pool.MapAsync(x => Physics.Well.Deeper(x, d => d * offset), [0.5, 1.5]);
        string told = string.Join("; ", captured.Sum(), string.Join(" ", local), string.Join(" ", awaited), string.Join(" ", iterated),
            string.Join(" ", queried), string.Join(" ", library.Sum()), string.Join(" ", both.Sum()));
        """;

    /// <summary>What <see cref="Maps"/> tells.</summary>
    public const string Told = "332941500; 109 110 111; 101 102 103; 9 16 600; 601 602; 3; 202";

    /// <summary>A whole program; its first argument is the mpiexec.</summary>
    public const string Program = $$"""
        using PathosHpc;

        await using Pool ranks = new MpiPool(new MpiPoolOptions { Ranks = 2, Mpiexec = args[0] }), workers = new ProcessPool(workers: 2);
        foreach (Pool pool in new[] { ranks, workers })
        {
            {{Maps}}
            Console.WriteLine($"{pool.GetType().Name} of {pool.Size}: {told}");
        }
        """;

    /// <summary>What <see cref="Program"/> prints.</summary>
    public const string Printed = $"MpiPool of 2: {Told}\nProcessPool of 2: {Told}\n";

    /// <summary>A project of a program.</summary>
    /// <param name="references">Its references, as items.</param>
    /// <param name="properties">What it sets besides.</param>
    public static string Project(string references, string properties = "") => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            {references}
          </ItemGroup>
        </Project>
        """;

    /// <summary>The mpiexec of that name.</summary>
    public static string FindMpiexec(string name) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{name} is not on the PATH; ./test installs it.");
}
