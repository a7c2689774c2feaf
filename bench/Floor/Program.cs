// The floor: a bare Kestrel that answers the same bytes and does nothing else. `floor PORT BYTES CONTENT-TYPE`
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

var port = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);
var body = new byte[int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture)];
Array.Fill(body, (byte)'x');
var type = args[2];
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, port);
});
var app = builder.Build();
app.Run(async http =>
{
    var drain = new byte[4096];
    while (await http.Request.Body.ReadAsync(drain) > 0) { }
    http.Response.ContentType = type;
    http.Response.ContentLength = body.Length;
    await http.Response.Body.WriteAsync(body);
});
app.Run();
