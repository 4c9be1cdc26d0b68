using PathosHpc.FaultRig;

// client KIND FOLDER: a client that maps until it is killed. world CASE: a program of all ranks.
return args switch
{
    ["client", var kind, var folder] => await Client.RunAsync(kind, folder),
    ["world", var what] => await World.RunAsync(args, what),
    _ => throw new ArgumentException($"There is no case '{string.Join(' ', args)}'."),
};
