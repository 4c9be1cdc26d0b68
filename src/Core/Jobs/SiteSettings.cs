using System.Text.Json;

namespace PathosHpc;

/// <summary>Reads the settings of one object of a site profile, and collects all that is wrong with them.</summary>
/// <param name="root">The object.</param>
/// <param name="prefix">What stands ahead of its settings' names in messages.</param>
internal class SiteSettings(JsonElement root, string prefix = "")
{
    private readonly HashSet<string> known = [];

    internal List<string> Errors { get; } = [];

    protected JsonElement Root => root;

    /// <summary>Settings that are not read here, and are none of this reader's business.</summary>
    internal void LeaveTo(params string[] names) => known.UnionWith(names);

    internal void CheckNames()
    {
        foreach (var property in root.EnumerateObject().Where(p => !known.Contains(p.Name)))
            Errors.Add($"'{prefix}{property.Name}' is not known; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
    }

    internal bool Has(string name) => root.TryGetProperty(name, out _);

    internal string? Text(string name) => Value(name, JsonValueKind.String, "a text")?.GetString();

    internal bool? Bool(string name)
    {
        known.Add(name);
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Errors.Add($"'{prefix}{name}' must be true or false.");
        return null;
    }

    internal int? Number(string name)
    {
        if (Value(name, JsonValueKind.Number, "a number") is not { } value) return null;
        if (value.TryGetInt32(out var number)) return number;
        Errors.Add($"'{prefix}{name}' must be a whole number.");
        return null;
    }

    internal IReadOnlyList<string> Texts(string name)
    {
        if (Value(name, JsonValueKind.Array, "a list of texts") is not { } value) return [];
        if (value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)) return [.. value.EnumerateArray().Select(v => v.GetString()!)];
        Errors.Add($"'{prefix}{name}' must be a list of texts.");
        return [];
    }

    internal JsonElement? Value(string name, JsonValueKind kind, string what)
    {
        known.Add(name);
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == kind) return value;
        Errors.Add($"'{prefix}{name}' must be {what}.");
        return null;
    }
}
