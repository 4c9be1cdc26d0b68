namespace PathosHpc.Tests;

/// <summary>Files as inputs and results, where nothing has to be brought anywhere, and what a cache keeps of them.</summary>
public sealed class PoolFilesTests
{
    [Fact]
    public async Task Files_of_pools_on_this_machine_stay_where_they_are()
    {
        using var folder = new TemporaryFolder("pool files");
        string one = folder.Write("one.txt", "1"), two = folder.Write("d/two.txt", "22"), there = folder.Path;
        await using var pool = new ProcessPool(workers: 1);
        FileInput[] inputs = await pool.StageAsync([one, two]);
        Assert.Equal([(one, "one.txt", 1L), (two, "two.txt", 2L)], inputs.Select(f => (f.Path, f.Name, f.Length)));
        FileResult[] made = await pool.MapAsync(file =>
        {
            File.WriteAllText($"{there}/{file.Name}.made", File.ReadAllText(file.Path) + "!");
            return FileResult.Of($"{there}/{file.Name}.made");
        }, inputs);
        Assert.Equal([("one.txt.made", 2L), ("two.txt.made", 3L)], made.Select(f => (f.Name, f.Length)));
        await pool.FetchAsync(made[1], folder.Path + "/fetched");
        Assert.Equal("22!", File.ReadAllText(folder.Path + "/fetched"));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.part"));
        var missing = await Assert.ThrowsAsync<FileNotFoundException>(() => pool.StageAsync([one, folder.Path + "/no", folder.Path + "/nor"]));
        Assert.Contains("2 of 3 input files do not exist", missing.Message, StringComparison.Ordinal);
        var failed = await Assert.ThrowsAsync<ItemFailedException>(() => pool.MapAsync(name => FileResult.Of(name), [there + "/never"]));
        Assert.Contains("/never, which does not exist", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_process_uses_looks_used_as_long_as_it_runs()
    {
        using var folder = new TemporaryFolder("cache use");
        string program = Directory.CreateDirectory(folder.Path + "/folders/one").FullName, other = Directory.CreateDirectory(folder.Path + "/folders/two").FullName;
        DateTime old = DateTime.UtcNow.AddDays(-40);
        Directory.SetLastWriteTimeUtc(program, old);
        Directory.SetLastWriteTimeUtc(other, old);
        var cache = new CacheFolder(folder.Path, TimeSpan.FromMilliseconds(20));
        cache.Use("one");
        cache.Use("gone");
        for (int round = 0; round < 2; round++)
        {
            Assert.True(SpinWait.SpinUntil(() => Directory.GetLastWriteTimeUtc(program) > old.AddDays(39), TimeSpan.FromSeconds(60)));
            Directory.SetLastWriteTimeUtc(program, old);
            await Task.Yield();
        }
        Assert.Equal(old, Directory.GetLastWriteTimeUtc(other), TimeSpan.FromSeconds(1));
        Assert.Equal("one:two", CacheFolder.NamesOf("/c/folders/one", "/c/folders/two/dotnet", "/usr/bin/dotnet"));
    }

    [Fact]
    public void A_cache_keeps_what_a_function_made_by_its_content()
    {
        using var folder = new TemporaryFolder("cache folder");
        Directory.CreateDirectory(folder.Path + "/cache/folders");
        var cache = new CacheFolder(folder.Path + "/cache");
        string kept = cache.Keep(new FileInfo(folder.Write("made", "content")), out string hash), again = cache.Keep(new FileInfo(folder.Write("other/made", "content")), out string same);
        Assert.Equal((kept, hash), (again, same));
        Assert.Equal("content", File.ReadAllText(kept));
        Assert.NotEqual(kept, cache.Keep(new FileInfo(folder.Write("made", "changed")), out _));
        Assert.Equal(["folders"], Directory.GetFileSystemEntries(folder.Path + "/cache").Select(Path.GetFileName));
    }
}
