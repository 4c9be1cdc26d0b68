using System.Net.Sockets;

namespace PathosHpc.Tests;

public sealed class RendezvousTests
{
    [Fact]
    public void The_folder_of_a_pool_that_lives_stays()
    {
        Rendezvous rendezvous = Rendezvous.Create(null);
        using (var listener = new WorkerListener(rendezvous, (_, _) => { }, _ => { }))
        {
            listener.Start(1);
            rendezvous.DeleteIfAbandoned();
            Assert.True(Directory.Exists(rendezvous.Folder));
        }
        rendezvous.DeleteIfAbandoned();
        Assert.False(Directory.Exists(rendezvous.Folder));
    }

    [Fact]
    public async Task The_folder_of_a_pool_that_is_just_dying_goes()
    {
        Rendezvous rendezvous = Rendezvous.Create(null);
        using Socket listener = rendezvous.Listen(1);
        Task deletion = Task.Factory.StartNew(rendezvous.DeleteIfAbandoned, TaskCreationOptions.LongRunning);
        // It is connected before the listening socket is closed, as when the system closes what a killed process had open.
        Assert.True(listener.Poll(TimeSpan.FromSeconds(60), SelectMode.SelectRead));
        listener.Dispose();
        await deletion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(Directory.Exists(rendezvous.Folder));
    }
}
