using PathosHpc;
using PathosHpc.CommunicatorRig;

// One case per run, so that what a case does to its ranks stays there.
switch (args[0])
{
    case "rank":
        Console.WriteLine($"rank {Communicator.World.Rank} of {Communicator.World.Size}");
        return 0;
    case "mapping":
        using (new Mapping(4))
            Communicator.World.Barrier();
        break;
    case "verbs":
        Verbs.Messages(Communicator.World);
        Communicator.World.Barrier();
        Verbs.Objects(Communicator.World);
        Verbs.Probes(Communicator.World);
        Verbs.Collectives(Communicator.World);
        Verbs.ObjectCollectives(Communicator.World);
        Verbs.Reductions(Communicator.World);
        Verbs.Derived(Communicator.World);
        Verbs.Refusals(Communicator.World);
        break;
    case "engine":
        Engine.SmallMessages(Communicator.World);
        Engine.Lengths(Communicator.World);
        Engine.Wildcards(Communicator.World);
        // What the next case sends must not meet this one's wildcards.
        Communicator.World.Barrier();
        Engine.Threads(Communicator.World);
        Communicator.World.Barrier();
        Engine.OneLook(Communicator.World);
        break;
    case "rate":
        Engine.Rate(Communicator.World, int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
        break;
    case "large":
        Large.Messages(Communicator.World);
        break;
    case "signals":
        Endings.Signals(Communicator.World);
        break;
    case "bandwidth":
        Engine.Bandwidth(Communicator.World);
        break;
    case "finalize":
        return Endings.FinalizeAlone(Communicator.World);
    case "nested":
        Endings.Nested(Communicator.World, Enum.Parse<MpiFlavor>(args[1]));
        break;
    case "end":
        return Endings.Run(Communicator.World, args[1]);
    default:
        throw new ArgumentException($"There is no case '{args[0]}'.");
}
Communicator.World.Barrier();
if (Communicator.World.Rank == 0)
    Console.WriteLine($"passed {args[0]} on {Communicator.World.Size} ranks of {Communicator.LibraryVersion}");
return 0;
