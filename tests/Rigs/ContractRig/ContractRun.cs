using System.Diagnostics;
using System.Reflection;
using PathosHpc.Tests;
using Xunit.Sdk;

namespace PathosHpc.ContractRig;

/// <summary>Runs every test of the contract, one after the other, and prints a line for each: pass, fail or outside, its name, what went wrong.</summary>
internal static class ContractRun
{
    /// <returns>The exit code: 0 when none failed.</returns>
    public static async Task<int> RunAsync(Func<Pool> newPool)
    {
        int failed = 0;
        foreach (MethodInfo method in typeof(WorldPoolTests).GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null).OrderBy(m => m.Name, StringComparer.Ordinal))
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

    private static IEnumerable<object?[]> Rows(MethodInfo method) =>
        method.GetCustomAttributes<DataAttribute>().ToArray() is { Length: > 0 } data ? data.SelectMany(d => d.GetData(method)) : [[]];
}
