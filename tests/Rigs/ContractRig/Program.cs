using PathosHpc;
using PathosHpc.ContractRig;

// Its argument, if there is one, is a part of the names of the tests to run.
// Not RunWorldAsync itself, but what it stands on: each test gets a pool object of its own over the ranks of this one world.
return await SpmdWorld.RunAsync((root, directory) => ContractRun.RunAsync(args.FirstOrDefault() ?? "", () => new MpiPool(root, directory)));
