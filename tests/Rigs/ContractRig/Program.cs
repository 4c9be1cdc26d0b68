using PathosHpc;
using PathosHpc.ContractRig;

// Not RunWorldAsync itself, but what it stands on: each test gets a pool object of its own over the ranks of this one world.
return await SpmdWorld.RunAsync((root, directory) => ContractRun.RunAsync(() => new MpiPool(root, directory)));
