using System.Diagnostics;
using System.Reflection;
using PathosHpc.Tests;
using Xunit.Sdk;

namespace PathosHpc.ContractRig;

/// <summary>Runs every test of the contract, one after the other, and prints a line for each: pass, fail or outside, its name, what went wrong.</summary>
internal static class ContractRun
{
    /// <param name="filter">A part of the names of the tests that run.</param>
    /// <param name="newPool">Makes the pool of one test.</param>
    /// <returns>The exit code: 0 when none failed.</returns>
    public static async Task<int> RunAsync(string filter, Func<Pool> newPool)
    {
        int failed = 0;
        foreach (MethodInfo method in Tests().Where(m => m.Name.Contains(filter, StringComparison.Ordinal)))
        {
            if (method.GetCustomAttribute<NeedsOutsideClientAttribute>() is not null)
            {
                Console.WriteLine($"outside {method.Name}");
                continue;
            }
            foreach (object?[] row in Rows(method))
                failed += await RunAsync(method, row, newPool) ? 0 : 1;
        }
        return failed == 0 ? 0 : 1;
    }

    private static async Task<bool> RunAsync(MethodInfo method, object?[] row, Func<Pool> newPool)
    {
        string name = row.Length == 0 ? method.Name : $"{method.Name}({string.Join(", ", row.Select(value => value ?? "null"))})";
        long began = Stopwatch.GetTimestamp();
        try
        {
            await (Task)method.Invoke(new WorldPoolTests(newPool), row)!;
            Console.WriteLine($"pass {name} in {Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s");
            return true;
        }
        catch (Exception e)
        {
            Console.WriteLine($"fail {name}: {e.ToString().ReplaceLineEndings(" | ")}");
            return false;
        }
    }

    private static IEnumerable<MethodInfo> Tests() =>
        typeof(WorldPoolTests).GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null).OrderBy(m => m.Name, StringComparer.Ordinal);

    private static IEnumerable<object?[]> Rows(MethodInfo method) =>
        method.GetCustomAttributes<DataAttribute>().ToArray() is { Length: > 0 } data ? data.SelectMany(d => d.GetData(method)) : [[]];
}
