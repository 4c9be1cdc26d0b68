using System.Runtime.InteropServices;

namespace PathosHpc;

/// <summary>Takes what any link to ranks answers to its coordinator, whatever carries it. For one thread at a time.</summary>
internal sealed class LinkAnswers(Coordinator coordinator)
{
    private readonly PayloadReader reader = new(Payload.Empty);
    private readonly List<ComputedBlock> runs = [];

    /// <summary>Takes a frame that belongs to a map, or is a sign of life.</summary>
    /// <returns>False when it is another frame, which is the link's own business.</returns>
    public bool TryTake(Link link, Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Results:
                reader.Reset(frame.Body);
                MapFrames.ReadResults(reader, runs);
                if (runs is [{ Block: EncodedBlock alone }])
                    alone.Values.Adopt(frame.Body);
                coordinator.Accept(link, frame.Map, CollectionsMarshal.AsSpan(runs));
                return true;
            case FrameKind.Failure:
                coordinator.Accept(link, frame.Map, ItemFailure.Read(frame.Reader()));
                return true;
            case FrameKind.Returned:
                (long first, int count) = MapFrames.ReadReturned(frame);
                coordinator.TakeBack(link, frame.Map, first, count);
                return true;
            case FrameKind.FunctionReady:
                if (MapFrames.ReadFunctionReady(frame) is { } failure)
                    coordinator.Abort(frame.Map, failure);
                return true;
            case FrameKind.Beat:
                return true;
            default:
                return false;
        }
    }
}
