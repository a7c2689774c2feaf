using System.Text.RegularExpressions;
using Galley.Tests.Edge;

namespace Galley.Tests.Cognito;

/// <summary>Row 150 of the list of negative tests: what people may write into mails.</summary>
public class MailRowsTests
{
    [Fact]
    public async Task Row_150_a_name_with_markup_is_inert_in_mail_and_inbox()
    {
        const string evil = "<img/src=x/onerror=alert(1)>";
        await using var fixture = await Fixture.Start(pool: new { VerificationMessageTemplate = new { DefaultEmailOption = "CONFIRM_WITH_CODE", EmailMessage = "Hello {username}: {####}" } });
        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash(evil), Username = evil, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "evil@example.com" } } });
        using var inbox = await OwnPage.Open(fixture.Server);
        var page = await inbox.Get("/");
        Assert.DoesNotContain("<img", page);
        Assert.Contains("&lt;img/src=x", page);
        using var browser = fixture.Browser();
        await browser.Get("/login?" + fixture.LoginQuery());
        Assert.DoesNotContain("<img", (await browser.Submit(("username", evil), ("password", "Wr0ng-one!"))).Body);
    }

    [Theory]
    [InlineData("bob@example.com\r\nBcc: eve@evil.example")]
    [InlineData("bob@example.com\nBcc: eve@evil.example")]
    [InlineData("bob@example.com,eve@evil.example")]
    [InlineData("\"bob\"<eve@evil.example>")]
    public async Task Row_150_a_line_break_or_a_second_recipient_in_an_address(string email)
    {
        await using var fixture = await Fixture.Start();
        object SignUp(string to) => new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = to } } };
        Assert.Equal("InvalidParameterException", (await fixture.Fails("SignUp", SignUp(email))).Code);
        Assert.Empty(await fixture.Server.Mail.List());
        await fixture.Call("SignUp", SignUp("bob@example.com"));
        Assert.Single(await fixture.Server.Mail.List());
    }

    [Fact]
    public async Task Row_150_a_poisoned_host_does_not_get_into_a_link()
    {
        await using var fixture = await Fixture.Start(pool: new { VerificationMessageTemplate = new { DefaultEmailOption = "CONFIRM_WITH_LINK" } });
        using var http = new HttpClient();
        async Task<int> SignUp(string host, string name)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, fixture.Server.Endpoint)
            {
                Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } }), new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-amz-json-1.1")),
            };
            request.Headers.Host = host;
            request.Headers.Add("X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp");
            request.Headers.Add("X-Forwarded-Host", "evil.example");
            using var response = await http.SendAsync(request);
            return (int)response.StatusCode;
        }

        Assert.Equal(403, await SignUp("evil.example", "bob"));
        Assert.Empty(await fixture.Server.Mail.List());
        Assert.Equal(200, await SignUp("cognito-idp.eu-west-2.amazonaws.com", "bob"));
        var text = (await fixture.Server.Mail.List("bob@example.com"))[0].Text;
        Assert.Equal("https://cook-recipes-app.auth.eu-west-2.amazoncognito.com", Regex.Match(text, "https?://[^/]+").Value);
        Assert.DoesNotContain("evil", text);
    }
}
