using System.Net;
using Galley.Tests.Edge;
using Galley.Tests.Server;

namespace Galley.Tests.Mail;

public class InboxTests
{
    [Fact]
    public async Task A_message_arrives_at_the_one_who_waits_and_shows_inert_on_the_page()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var program = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
        var mail = server.Mail;
        var waiting = program.Send("galley", HttpMethod.Get, "/_galley/inbox/messages/wait?to=ann%40example.com", null);
        await mail.Send("no-reply@verificationemail.com", "bob@example.com", "Other", "000000");
        await mail.Send("no-reply@verificationemail.com", "ann@example.com", "Your verification code", "Your verification code is 123456. <img src=x onerror=alert(1)>");
        var (status, message) = await waiting;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"code\":\"123456\"", message, StringComparison.Ordinal);
        using var browser = await OwnPage.Open(server);
        var page = await browser.Get("/");
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.Contains("<output>123456</output>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_break_in_an_address_is_refused()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        await Assert.ThrowsAsync<ArgumentException>(() => server.Mail.Send("a@b.c", "x@y.z\r\nBcc: evil@evil.example", "s", "t").AsTask());
    }
}
