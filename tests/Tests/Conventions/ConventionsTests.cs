using System.Reflection;

namespace PathosHpc.Tests.Conventions;

public class ConventionsTests
{
    // Ends a pool, or a whole program: there is nothing a token could end sooner.
    private static readonly string[] WithoutToken = ["DisposeAsync", "RunWorldAsync"];

    private static readonly string[] MayReference = ["System", "Microsoft", "NLog", "netstandard", "PathosHpc.Core"];

    public static TheoryData<Type> PublicTypes => [.. Repository.Libraries.SelectMany(a => a.GetExportedTypes())];

    [Theory]
    [MemberData(nameof(PublicTypes))]
    public void A_public_type_is_in_the_one_namespace_and_sealed_unless_abstract(Type type)
    {
        Assert.Equal("PathosHpc", type.Namespace);
        Assert.True(type.IsSealed || type.IsAbstract, $"{type} is neither sealed nor abstract.");
        Assert.False(type.IsInterface, $"{type} is an interface; extension points are abstract classes, which can grow.");
    }

    [Theory]
    [MemberData(nameof(PublicTypes))]
    public void What_is_awaitable_ends_in_Async_and_takes_a_token_last(Type type)
    {
        foreach (var method in DeclaredMethods(type))
        {
            bool awaitable = IsAwaitable(method.ReturnType);
            Assert.True(awaitable == method.Name.EndsWith("Async", StringComparison.Ordinal), $"{type.Name}.{method.Name} gives {method.ReturnType.Name}.");
            if (!awaitable || WithoutToken.Contains(method.Name))
                continue;
            var last = method.GetParameters().LastOrDefault();
            Assert.True(last?.ParameterType == typeof(CancellationToken) && last.IsOptional, $"{type.Name}.{method.Name} takes no optional CancellationToken last.");
        }
    }

    [Theory]
    [MemberData(nameof(PublicTypes))]
    public void Options_are_sealed_records_that_cannot_change(Type type)
    {
        if (!type.Name.EndsWith("Options", StringComparison.Ordinal))
            return;
        Assert.NotNull(type.GetMethod("<Clone>$"));
        foreach (var property in type.GetProperties().Where(p => p.SetMethod is not null))
        {
            Assert.Contains(typeof(System.Runtime.CompilerServices.IsExternalInit), property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers());
        }
    }

    [Theory]
    [MemberData(nameof(PublicTypes))]
    public void Failures_have_the_one_base_and_are_made_by_the_library_only(Type type)
    {
        if (!type.IsSubclassOf(typeof(Exception)))
            return;
        Assert.EndsWith("Exception", type.Name, StringComparison.Ordinal);
        Assert.True(type.IsSubclassOf(typeof(PathosException)) || type == typeof(PathosException), $"{type} does not derive from PathosException.");
        Assert.Empty(type.GetConstructors());
    }

    [Fact]
    public void Libraries_reference_the_framework_NLog_and_Core_but_never_a_sibling()
    {
        foreach (var library in Repository.Libraries)
        {
            foreach (string name in library.GetReferencedAssemblies().Select(r => r.Name!))
            {
                Assert.True(
                    MayReference.Any(allowed => name == allowed || name.StartsWith(allowed + ".", StringComparison.Ordinal)),
                    $"{library.GetName().Name} references {name}.");
            }
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        // One that is only referenced is built in Debug when the solution is built in Release.
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "PathosHpc.sln"));
        string[] projects = [.. new[] { "src", "tests", "jobs" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('/', '\\')).Where(path => !path.StartsWith(@"src\Package\Crossgen", StringComparison.Ordinal))];
        Assert.DoesNotContain(projects, path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Sources_keep_to_the_house_rules()
    {
        foreach (string file in Repository.Sources("src").Concat(Repository.Sources("jobs")))
        {
            string[] lines = File.ReadAllLines(file);
            Assert.True(lines.Length <= 300 || lines[0].StartsWith("//", StringComparison.Ordinal), $"{file} has {lines.Length} lines and gives no reason at its top.");
            Assert.DoesNotContain(lines, l => l.TrimStart().StartsWith("#region", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, l => l.Contains("TODO", StringComparison.Ordinal) || l.Contains("FIXME", StringComparison.Ordinal));
            Assert.True(lines.Count(DeclaresPublicType) <= 1, $"{file} declares more than one public type.");
        }
    }

    private static bool DeclaresPublicType(string line) =>
        line.StartsWith("public ", StringComparison.Ordinal)
        && line.Split(' ').TakeWhile(word => !word.Contains('(')).Any(word => word is "class" or "record" or "struct" or "enum" or "interface" or "delegate");

    private static IEnumerable<MethodInfo> DeclaredMethods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(m => !m.IsSpecialName);

    private static bool IsAwaitable(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask)
        || (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ValueTask<>) || type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)));
}
