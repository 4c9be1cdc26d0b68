namespace PathosHpc.Tests;

public abstract class FailureTests : CodecTest
{
    private protected FailureTests(CodecPath path) : base(path) { }

    private static RemoteFailure Send(Exception exception)
    {
        var writer = new PayloadWriter();
        FailureCodec.Write(writer, exception);
        var reader = new PayloadReader(writer.Detach());
        RemoteFailure failure = FailureCodec.Read(reader);
        Assert.Equal(0, reader.Remaining);
        return failure;
    }

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }

    [Fact]
    public void Exception_comes_back_with_fields_cause_data_and_trace()
    {
        Exception thrown = Thrown(new GrainException(3, "outer", Thrown(new ArgumentNullException("parameter"))) { Data = { ["k"] = 5 }, HelpLink = "https://example.org", Source = "here" });
        RemoteFailure failure = Send(thrown);
        Assert.Equal("PathosHpc.Tests.GrainException", failure.TypeName);
        Assert.Equal("outer", failure.Message);
        Assert.Equal(thrown.ToString(), failure.Text);
        var back = Assert.IsType<GrainException>(failure.Exception);
        Assert.Equal(3, back.Grain);
        Assert.Equal("parameter", Assert.IsType<ArgumentNullException>(back.InnerException).ParamName);
        Assert.Equal("5", back.Data["k"]);
        Assert.Equal("https://example.org", back.HelpLink);
        Assert.Contains(nameof(Thrown), back.StackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(Thrown), Thrown(back).ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<Exception> Common =>
    [
        new InvalidOperationException("m"), new ArithmeticException(), new DivideByZeroException(), new OperationCanceledException(new CancellationToken(true)),
        new TaskCanceledException(Task.FromCanceled(new CancellationToken(true))), new AggregateException("a", new ArgumentException("x"), new IOException("y")),
        new FileNotFoundException("m", "file"), new System.Net.Sockets.SocketException(111), new HttpRequestException("m", null, System.Net.HttpStatusCode.NotFound),
        new System.Text.Json.JsonException("m"), new KeyNotFoundException("m"), new StaleBuildException("a", Guid.Empty, Guid.Empty, null), new TimeoutException(),
        new RemoteException("T", "m", "trace"), new System.ComponentModel.Win32Exception(2), new TypeInitializationException("T", new IOException("x")), new ArgumentOutOfRangeException("p", 5, "m"),
    ];

    [Theory]
    [MemberData(nameof(Common))]
    public void Common_exceptions_keep_their_types(Exception exception)
    {
        RemoteFailure failure = Send(Thrown(exception));
        Assert.IsType(exception.GetType(), failure.Exception);
        Assert.Equal(exception.Message, failure.Exception.Message);
        Assert.Equal(exception.InnerException?.GetType(), failure.Exception.InnerException?.GetType());
    }

    [Fact]
    public void Exception_that_cannot_travel_becomes_a_remote_exception()
    {
        RemoteFailure failure = Send(Thrown(new HoldsStream("m")));
        var remote = Assert.IsType<RemoteException>(failure.Exception);
        Assert.Equal("PathosHpc.Tests.FailureTests.HoldsStream", remote.TypeName);
        Assert.Equal("m", remote.RemoteMessage);
        Assert.Contains(nameof(Thrown), remote.RemoteStackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void Cause_that_cannot_travel_keeps_its_place_as_a_remote_exception()
    {
        RemoteFailure failure = Send(new GrainException(1, "outer", new HoldsStream("inner")));
        Assert.Equal("PathosHpc.Tests.GrainException", Assert.IsType<RemoteException>(failure.Exception).TypeName);
        Assert.Equal("PathosHpc.Tests.FailureTests.HoldsStream", Assert.IsType<RemoteException>(failure.Exception.InnerException).TypeName);
    }

    [Fact]
    public void Exception_whose_members_throw_still_arrives()
    {
        RemoteFailure failure = Send(new Vicious());
        Assert.Equal("PathosHpc.Tests.FailureTests.Vicious", failure.TypeName);
        Assert.NotEmpty(failure.Message);
        Assert.NotEmpty(failure.Text);
    }

    private sealed class HoldsStream(string message) : Exception(message)
    {
        public Stream Stream { get; } = Stream.Null;
    }

    private sealed class Vicious : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");
        public override string? StackTrace => throw new InvalidOperationException("no trace");
        public override string ToString() => throw new InvalidOperationException("no text");
        public override System.Collections.IDictionary Data => throw new InvalidOperationException("no data");
    }
}

public sealed class FailureEmittedTests() : FailureTests(CodecPath.Emitted);

public sealed class FailureReflectedTests() : FailureTests(CodecPath.Reflected);
