namespace PathosHpc.Tests;

public sealed class PayloadTests
{
    [Theory]
    [InlineData("", "01")]
    [InlineData(null, "00")]
    [InlineData("abc", "07616263")]
    [InlineData("ä", "05C3A4")]
    public void Strings_are_written_as_documented(string? text, string hex)
    {
        var writer = new PayloadWriter();
        writer.WriteString(text);
        Assert.Equal(hex, Convert.ToHexString(writer.WrittenSpan));
        Assert.Equal(text, new PayloadReader(writer.Detach()).ReadString());
    }

    [Fact]
    public void An_array_that_is_given_back_is_given_to_one_only()
    {
        const int Length = 300_001;
        Payload whole = Payload.OfOwn(RecycledArrays.Rent(Length), Length), part = whole.Slice(1, 10);
        part.Adopt(whole);
        whole.Recycle();
        part.Recycle();
        part.Recycle();
        byte[][] rented = [.. Enumerable.Range(0, 40).Select(_ => RecycledArrays.Rent(Length))];
        Assert.Equal(rented.Length, rented.Distinct().Count());
        Assert.All(rented, array => Assert.True(array.Length >= Length));
    }

    [Fact]
    public void String_that_is_no_text_keeps_its_characters() => Strings_are_written_as_documented("\ud800", "0400D8");

    [Fact]
    public void Strings_of_every_length_and_kind_come_back()
    {
        string[] texts = [.. Enumerable.Range(0, 300).SelectMany(n => new[] { new string('a', n), new string('ü', n), new string('語', n), new string('a', n) + "\udc00" })];
        var writer = new PayloadWriter();
        Array.ForEach(texts, writer.WriteString);
        var reader = new PayloadReader(writer.Detach());
        Assert.All(texts, text => Assert.Equal(text, reader.ReadString()));
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void Values_and_strings_across_segments_come_back()
    {
        var writer = new PayloadWriter();
        for (int i = 0; i < 100; i++)
        {
            writer.WriteVarUInt((ulong)i * 1_000_003);
            writer.WriteDouble(i * 1.5);
            writer.WriteString("text " + i + (i % 2 == 0 ? "\ud800" : ""));
        }
        byte[] bytes = writer.Detach().ToArray();
        foreach (int size in (int[])[1, 2, 3, 7, 64])
        {
            var reader = new PayloadReader(new Payload([.. bytes.Chunk(size).Select(chunk => new ReadOnlyMemory<byte>(chunk))]));
            for (int i = 0; i < 100; i++)
            {
                Assert.Equal((ulong)i * 1_000_003, reader.ReadVarUInt());
                Assert.Equal(i * 1.5, reader.ReadDouble());
                Assert.Equal("text " + i + (i % 2 == 0 ? "\ud800" : ""), reader.ReadString());
            }
            Assert.Equal(0, reader.Remaining);
        }
    }

    [Fact]
    public void Graph_across_segments_comes_back()
    {
        var list = new List<Structure> { new(1, "one", [1, 2, 3]), new(2, "two", [4]) };
        byte[] bytes = CodecTest.Encode(list).ToArray();
        foreach (int size in (int[])[1, 5])
        {
            var reader = new PayloadReader(new Payload([.. bytes.Chunk(size).Select(chunk => new ReadOnlyMemory<byte>(chunk))]));
            List<Structure> back = ItemCodec<List<Structure>>.Read(reader);
            Assert.Equal(list.Select(structure => structure.Name), back.Select(structure => structure.Name));
            Assert.Equal(list[0].Position, back[0].Position);
        }
    }

    [Fact]
    public void Rewinding_takes_back_what_was_written()
    {
        var writer = new PayloadWriter();
        writer.WriteString("kept");
        long length = writer.Length;
        writer.WriteBytes(new byte[10_000]);
        writer.Rewind(length);
        writer.WriteString("next");
        var reader = new PayloadReader(writer.Detach());
        Assert.Equal(("kept", "next"), (reader.ReadString(), reader.ReadString()));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Rewind(1));
    }

    [Fact]
    public void Slices_share_the_bytes_of_their_payload()
    {
        var payload = new Payload(new byte[] { 0, 1, 2 }, new byte[] { 3, 4 }, new byte[] { 5 });
        for (int from = 0; from <= 6; from++)
        {
            for (int length = 0; length <= 6 - from; length++)
                Assert.Equal(Enumerable.Range(from, length).Select(i => (byte)i), payload.Slice(from, length).ToArray());
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => payload.Slice(4, 3));
    }
}
