using System.Text.Json.Nodes;
using Galley.Tests.CloudFormation;

namespace Galley.Tests.Cognito;

/// <summary>Providers, links, looks, imports, domains, attribute verification: what surrounds a sign-in.</summary>
public class BreadthTests
{
    [Fact]
    public async Task An_import_job_takes_a_csv_file_and_its_users_must_reset_their_passwords()
    {
        await using var fixture = await Fixture.Start();
        var header = (await fixture.Call("GetCSVHeader", new { UserPoolId = fixture.PoolId }))["CSVHeader"]!.AsArray().Select(name => (string)name!).ToList();
        Assert.Equal(("name", "cognito:mfa_enabled", "cognito:username"), (header[0], header[^2], header[^1]));
        var job = (await fixture.Call("CreateUserImportJob", new { UserPoolId = fixture.PoolId, JobName = "j", CloudWatchLogsRoleArn = "arn:aws:iam::123456789012:role/logs" }))["UserImportJob"]!;
        Assert.Equal("Created", (string)job["Status"]!);
        string Line(string name, string email, string verified) => string.Join(',', header.Select(column => column switch { "cognito:username" => name, "cognito:mfa_enabled" => "false", "email" => email, "email_verified" => verified, "name" => "\"Doe, Jane\"", _ => "" }));
        var csv = string.Join("\r\n", string.Join(',', header), Line("ivy", "ivy@example.com", "TRUE"), Line("unproved", "u@example.com", "FALSE"));
        using var http = new HttpClient();
        var url = new Uri((string)job["PreSignedUrl"]!);
        Assert.Equal(403, (int)(await http.PutAsync(new Uri(fixture.Server.Endpoint, url.AbsolutePath[..^1] + "~"), new StringContent(csv))).StatusCode is var refused && refused is 400 or 403 ? 403 : refused);
        Assert.Equal(200, (int)(await http.PutAsync(new Uri(fixture.Server.Endpoint, url.AbsolutePath), new StringContent(csv))).StatusCode);
        Assert.Equal("Pending", (string)(await fixture.Call("StartUserImportJob", new { UserPoolId = fixture.PoolId, JobId = (string)job["JobId"]! }))["UserImportJob"]!["Status"]!);
        var done = (await fixture.Call("DescribeUserImportJob", new { UserPoolId = fixture.PoolId, JobId = (string)job["JobId"]! }))["UserImportJob"]!;
        Assert.Equal(("Succeeded", 1, 1), ((string)done["Status"]!, (int)done["ImportedUsers"]!, (int)done["FailedUsers"]!));
        var user = await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "ivy" });
        Assert.Equal("RESET_REQUIRED", (string)user["UserStatus"]!);
        Assert.Contains(user["UserAttributes"]!.AsArray(), attribute => (string)attribute!["Value"]! == "Doe, Jane");
        Assert.Equal("PreconditionNotMetException", (await fixture.Fails("StartUserImportJob", new { UserPoolId = fixture.PoolId, JobId = (string)job["JobId"]! })).Code);
        var events = await fixture.Js.Call("cloudwatch-logs", "GetLogEvents", new { logGroupName = $"/aws/cognito/userpools/{fixture.PoolId}/CookRecipePool", logStreamName = (string)job["JobId"]! });
        Assert.Contains("[SUCCEEDED] Line Number 1", (string)events["events"]![0]!["message"]!);
        await fixture.Call("ForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("ivy"), Username = "ivy" });
        await fixture.Call("ConfirmForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("ivy"), Username = "ivy", ConfirmationCode = await fixture.MailedCode("ivy@example.com"), Fixture.Password });
        Assert.NotNull((await fixture.SignIn("ivy"))["AuthenticationResult"]);
    }

    [Fact]
    public async Task A_providers_account_is_linked_to_a_user_and_unlinked()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var details = new Dictionary<string, string> { ["client_id"] = "c", ["client_secret"] = "s3cret", ["authorize_scopes"] = "openid", ["attributes_request_method"] = "GET", ["oidc_issuer"] = "https://idp.example.com" };
        Assert.Contains("SAML", (await fixture.Fails("CreateIdentityProvider", new { UserPoolId = fixture.PoolId, ProviderName = "corp", ProviderType = "SAML", ProviderDetails = new { MetadataURL = "https://x.example.com" } })).Text);
        var made = (await fixture.Call("CreateIdentityProvider", new { UserPoolId = fixture.PoolId, ProviderName = "corp", ProviderType = "OIDC", ProviderDetails = details, IdpIdentifiers = new[] { "corp.example" } }))["IdentityProvider"]!;
        Assert.Equal(("sub", "false"), ((string)made["AttributeMapping"]!["username"]!, (string)made["ProviderDetails"]!["attributes_url_add_attributes"]!));
        Assert.Equal("DuplicateProviderException", (await fixture.Fails("CreateIdentityProvider", new { UserPoolId = fixture.PoolId, ProviderName = "corp", ProviderType = "OIDC", ProviderDetails = details })).Code);
        Assert.Equal("s3cret", (string)(await fixture.Call("GetIdentityProviderByIdentifier", new { UserPoolId = fixture.PoolId, IdpIdentifier = "corp.example" }))["IdentityProvider"]!["ProviderDetails"]!["client_secret"]!);
        object Link() => new { UserPoolId = fixture.PoolId, DestinationUser = new { ProviderName = "Cognito", ProviderAttributeValue = "alice" }, SourceUser = new { ProviderName = "corp", ProviderAttributeName = "Cognito_Subject", ProviderAttributeValue = "4711" } };
        await fixture.Call("AdminLinkProviderForUser", Link());
        Assert.Equal("SourceUser is already linked to DestinationUser", (await fixture.Fails("AdminLinkProviderForUser", Link())).Text);
        var identities = Fixture.Claims((string)(await fixture.SignIn())["AuthenticationResult"]!["IdToken"]!)["identities"]!.AsArray();
        Assert.Equal(("4711", "corp"), ((string)identities[0]!["userId"]!, (string)identities[0]!["providerName"]!));
        await fixture.Call("AdminDisableProviderForUser", new { UserPoolId = fixture.PoolId, User = new { ProviderName = "corp", ProviderAttributeName = "Cognito_Subject", ProviderAttributeValue = "4711" } });
        Assert.Null(Fixture.Claims((string)(await fixture.SignIn())["AuthenticationResult"]!["IdToken"]!)["identities"]);
        Assert.Equal("InvalidParameterException", (await fixture.Fails("UpdateUserPoolClient", new { UserPoolId = fixture.PoolId, fixture.ClientId, SupportedIdentityProviders = new[] { "other" } })).Code);
        await fixture.Call("DeleteIdentityProvider", new { UserPoolId = fixture.PoolId, ProviderName = "corp" });
        Assert.Equal("ResourceNotFoundException", (await fixture.Fails("DescribeIdentityProvider", new { UserPoolId = fixture.PoolId, ProviderName = "corp" })).Code);
    }

    [Fact]
    public async Task An_address_that_needs_verification_stays_until_its_successor_is_proved()
    {
        await using var fixture = await Fixture.Start(pool: new { UserAttributeUpdateSettings = new { AttributesRequireVerificationBeforeUpdate = new[] { "email" } } });
        await fixture.User();
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        async Task<string> Email() => (string)(await fixture.Call("GetUser", new { AccessToken = token }))["UserAttributes"]!.AsArray().Single(attribute => (string)attribute!["Name"]! == "email")!["Value"]!;
        var changed = await fixture.Call("UpdateUserAttributes", new { AccessToken = token, UserAttributes = new[] { new { Name = "email", Value = "new@example.com" } } });
        Assert.Equal("n***@e***", (string)changed["CodeDeliveryDetailsList"]![0]!["Destination"]!);
        Assert.Equal("alice@example.com", await Email());
        await fixture.Call("VerifyUserAttribute", new { AccessToken = token, AttributeName = "email", Code = await fixture.MailedCode("new@example.com") });
        Assert.Equal("new@example.com", await Email());
        Assert.Equal("ExpiredCodeException", (await fixture.Fails("VerifyUserAttribute", new { AccessToken = token, AttributeName = "email", Code = "123456" })).Code);
    }

    [Fact]
    public async Task A_custom_domain_needs_a_certificate_and_is_described()
    {
        await using var fixture = await Fixture.Start();
        Assert.Equal("InvalidParameterException", (await fixture.Fails("CreateUserPoolDomain", new { UserPoolId = fixture.PoolId, Domain = "auth.example.com" })).Code);
        var arn = "arn:aws:acm:us-east-1:123456789012:certificate/c";
        var made = await fixture.Call("CreateUserPoolDomain", new { UserPoolId = fixture.PoolId, Domain = "auth.example.com", CustomDomainConfig = new { CertificateArn = arn } });
        Assert.EndsWith(".cloudfront.net", (string)made["CloudFrontDomain"]!);
        var described = (await fixture.Call("DescribeUserPoolDomain", new { Domain = "auth.example.com" }))["DomainDescription"]!;
        Assert.Equal((arn, "ACTIVE"), ((string)described["CustomDomainConfig"]!["CertificateArn"]!, (string)described["Status"]!));
        Assert.Equal("auth.example.com", (string)(await fixture.Call("DescribeUserPool", new { UserPoolId = fixture.PoolId }))["UserPool"]!["CustomDomain"]!);
        await fixture.Call("DeleteUserPoolDomain", new { UserPoolId = fixture.PoolId, Domain = "auth.example.com" });
    }

    [Fact]
    public async Task A_custom_domain_serves_the_pages_over_TLS_as_long_as_it_is_there()
    {
        await using var fixture = await Fixture.Start();
        fixture.Time.SetUtcNow(DateTimeOffset.UtcNow); // certificates are judged by the machine's clock
        await fixture.User();
        object Domain(string name, object? config = null) => new { UserPoolId = fixture.PoolId, Domain = name, CustomDomainConfig = config };
        var certificate = new { CertificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/c" };
        using (var early = fixture.Browser("auth.example.com")) Assert.Equal(403, (await early.Get("/login?" + fixture.LoginQuery())).Status);
        await fixture.Call("CreateUserPoolDomain", Domain("auth.example.com", certificate));
        var other = (string)(await fixture.Call("CreateUserPool", new { PoolName = "other" }))["UserPool"]!["Id"]!;
        Assert.Equal("Domain already associated with another user pool.", (await fixture.Fails("CreateUserPoolDomain", new { UserPoolId = other, Domain = "auth.example.com", CustomDomainConfig = certificate })).Text);

        using var authority = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(fixture.Server.AuthorityPem);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(System.Net.IPAddress.Loopback, fixture.Server.Port, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new() { CertificateChainPolicy = new() { TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck } },
        });
        Assert.Contains("name=\"password\"", await http.GetStringAsync(new Uri("https://auth.example.com/login?" + fixture.LoginQuery())));
        using var browser = fixture.Browser("auth.example.com");
        await browser.Get("/login?" + fixture.LoginQuery());
        var back = (await browser.Submit(("username", "alice"), ("password", Fixture.Password))).Location!;
        Assert.StartsWith(Fixture.Callback + "?code=", back);
        Assert.Equal(200, (await fixture.Exchange(System.Text.RegularExpressions.Regex.Match(back, "code=([0-9a-f-]{36})").Groups[1].Value)).Status);
        // links and documents name it where there is no prefix
        await fixture.Call("DeleteUserPoolDomain", Domain("cook-recipes-app"));
        using var document = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"http://cognito-idp.eu-west-2.amazonaws.com/{fixture.PoolId}/.well-known/openid-configuration"));
        Assert.Equal("https://auth.example.com/oauth2/token", (string)JsonNode.Parse(await document.Content.ReadAsStringAsync())!["token_endpoint"]!);
        await fixture.Call("DeleteUserPoolDomain", Domain("auth.example.com"));
        Assert.Equal(403, (await browser.Get("/login?" + fixture.LoginQuery())).Status);
    }

    [Fact]
    public async Task A_stack_makes_factors_providers_looks_and_memberships()
    {
        const string template = """
            Resources:
              Pool:
                Type: AWS::Cognito::UserPool
                Properties:
                  MfaConfiguration: OPTIONAL
                  EnabledMfas: [SOFTWARE_TOKEN_MFA]
                  DeviceConfiguration: {ChallengeRequiredOnNewDevice: true}
                  LambdaConfig: {PreSignUp: 'arn:aws:lambda:eu-west-2:123456789012:function:f'}
              Domain: {Type: 'AWS::Cognito::UserPoolDomain', Properties: {Domain: looks-good, UserPoolId: !Ref Pool}}
              Provider:
                Type: AWS::Cognito::UserPoolIdentityProvider
                Properties:
                  UserPoolId: !Ref Pool
                  ProviderName: corp
                  ProviderType: OIDC
                  ProviderDetails: {client_id: c, authorize_scopes: openid, attributes_request_method: GET, oidc_issuer: 'https://idp.example.com'}
              Look: {Type: 'AWS::Cognito::UserPoolUICustomizationAttachment', DependsOn: Domain, Properties: {UserPoolId: !Ref Pool, ClientId: ALL, CSS: '.banner-customizable {padding: 1px}'}}
              Cooks: {Type: 'AWS::Cognito::UserPoolGroup', Properties: {GroupName: cooks, UserPoolId: !Ref Pool}}
            Outputs: {Pool: {Value: !Ref Pool}}
            """;
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10 });
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        var pool = (string)stack["Outputs"]![0]!["OutputValue"]!;
        Task<JsonObject> Call(string command, object input) => js.Call("cognito-identity-provider", command, input);
        var mfa = await Call("GetUserPoolMfaConfig", new { UserPoolId = pool });
        Assert.Equal(("OPTIONAL", true), ((string)mfa["MfaConfiguration"]!, (bool)mfa["SoftwareTokenMfaConfiguration"]!["Enabled"]!));
        Assert.Equal("arn:aws:lambda:eu-west-2:123456789012:function:f", (string)(await Call("DescribeUserPool", new { UserPoolId = pool }))["UserPool"]!["LambdaConfig"]!["PreSignUp"]!);
        Assert.Equal("corp", (string)(await Call("ListIdentityProviders", new { UserPoolId = pool }))["Providers"]![0]!["ProviderName"]!);
        Assert.Equal(".banner-customizable {padding: 1px}", (string)(await Call("GetUICustomization", new { UserPoolId = pool }))["UICustomization"]!["CSS"]!);
    }
}
