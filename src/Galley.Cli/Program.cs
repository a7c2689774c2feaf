using Galley;

var port = args.Length > 2 && args[1] == "--port" ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : 4566;
await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = port, Log = Console.WriteLine });
Console.WriteLine($"Galley is ready at {server.Endpoint}");
var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.TrySetResult(); };
await stop.Task;
