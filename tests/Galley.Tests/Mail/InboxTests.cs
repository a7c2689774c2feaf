namespace Galley.Tests.Mail;

public class InboxTests
{
    [Fact]
    public async Task A_message_arrives_at_the_one_who_waits_and_shows_inert_on_the_page()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var http = new HttpClient();
        var mail = server.Mail;
        var waiting = http.GetStringAsync(server.Endpoint + "_galley/inbox/messages/wait?to=ann%40example.com");
        await mail.Send("no-reply@verificationemail.com", "bob@example.com", "Other", "000000");
        await mail.Send("no-reply@verificationemail.com", "ann@example.com", "Your verification code", "Your verification code is 123456. <img src=x onerror=alert(1)>");
        Assert.Contains("\"code\":\"123456\"", await waiting, StringComparison.Ordinal);
        var page = await http.GetStringAsync(server.Endpoint + "_galley/inbox/");
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.Contains("<output>123456</output>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_another_site_cannot_read_the_inbox()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Endpoint + "_galley/inbox/messages");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var refused = await http.SendAsync(request);
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Equal("", await refused.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_line_break_in_an_address_is_refused()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        await Assert.ThrowsAsync<ArgumentException>(() => server.Mail.Send("a@b.c", "x@y.z\r\nBcc: evil@evil.example", "s", "t").AsTask());
    }
}
