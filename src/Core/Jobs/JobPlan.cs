using System.Security.Cryptography;
using System.Text;

namespace PathosHpc;

/// <summary>A job about to be submitted: the spec with the name, token and folder of this submission.</summary>
public sealed record JobPlan
{
    /// <summary>Job names of every scheduler may be this long.</summary>
    internal const int MaxNameLength = 15;
    private const string TokenLetters = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>What is to run.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>The name that the scheduler sees: the beginning of <see cref="JobSpec.Name"/>, a dash and a token that no other submission has.</summary>
    public required string JobName { get; init; }

    /// <summary>Folder of the host that holds all files of the job; null for a script that is submitted by hand and makes its own.</summary>
    public string? Folder { get; init; }

    /// <summary>The version that the scheduler's commands reported; null when unknown.</summary>
    public Version? SchedulerVersion { get; init; }

    /// <summary>Memory per rank or per node of a request, multiplied out to the whole job; null when none was asked.</summary>
    internal MemorySize? TotalMemory => Spec.Resources is var r && r.MemoryPerRank is { } rank ? new MemorySize(checked(rank.Bytes * r.TotalRanks))
        : r.MemoryPerNode is { } node && r.HasNodes ? new MemorySize(checked(node.Bytes * (r.Nodes ?? 1))) : null;

    /// <summary>A name of at most 15 letters, digits, dots and underscores that begins with a letter, and a token of 8 random letters.</summary>
    internal static string NameFor(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')) text.Append(c);
        if (text.Length == 0 || !char.IsAsciiLetter(text[0])) text.Insert(0, 'p');
        var token = RandomNumberGenerator.GetString(TokenLetters, 8);
        return text.ToString()[..Math.Min(text.Length, MaxNameLength - token.Length - 1)] + "-" + token;
    }
}
