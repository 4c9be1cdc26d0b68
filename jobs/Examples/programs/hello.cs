#:property PublishAot=false
#:project ../../../src/Mpi/PathosHpc.Mpi.csproj
// The least program: which rank says hello to whom? Run it with: dotnet run jobs/Examples/programs/hello.cs
using PathosHpc;

string[] names = ["Ada", "Grace", "Emmy", "Sofja"];

await using var pool = new MpiPool(ranks: 2);
string[] greetings = await pool.MapAsync(name => $"Hello {name}, says rank {MapContext.Current!.Rank} of {MapContext.Current.Size}.", names);

foreach (string greeting in greetings)
    Console.WriteLine(greeting);
