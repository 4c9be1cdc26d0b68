namespace PathosHpc;

/// <summary>The maps that a coordinator ahead has open here.</summary>
/// <param name="coordinator">The one here, next to the workers.</param>
/// <param name="open">Makes a map of a <see cref="FrameKind.Function"/> frame.</param>
/// <param name="recycles">Whether the memory of items is used again: where links hold what they are still sending (<see cref="BlockMemory.Hold"/>).</param>
internal sealed class ServedMaps(Coordinator coordinator, Func<Frame, ServedMap> open, bool recycles = false)
{
    private readonly Dictionary<int, ServedMap> maps = [];

    public int Count => maps.Count;

    public Dictionary<int, ServedMap>.ValueCollection All => maps.Values;

    /// <summary>Does what the coordinator ahead sends for a map.</summary>
    /// <returns>False when the frame is of no map.</returns>
    public bool TryHandle(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Function:
                ServedMap map = open(frame);
                maps.Add(frame.Map, map);
                coordinator.Open(map.Map);
                return true;
            case FrameKind.FunctionPart:
                if (maps.TryGetValue(frame.Map, out ServedMap? begun))
                    begun.Add(frame.Body);
                return true;
            case FrameKind.Items:
                if (maps.TryGetValue(frame.Map, out ServedMap? fed))
                    fed.Add(Block(frame));
                return true;
            case FrameKind.Cancel:
                if (maps.Remove(frame.Map, out ServedMap? ended))
                    coordinator.Close(ended.Map);
                return true;
            default:
                return false;
        }
    }

    private EncodedBlock Block(Frame frame)
    {
        EncodedBlock block = MapFrames.ReadItems(frame.Reader()).Block;
        return recycles ? block.RecycleWhenAnswered(frame.Body) : block;
    }
}
