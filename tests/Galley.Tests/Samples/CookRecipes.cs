using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;

namespace Galley.Tests.Samples;

/// <summary>The sample's built parts, and the questions that its running app must answer, whichever tool deployed it.</summary>
internal static class CookRecipes
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "samples", "cook-recipes");

    private static string Program => Path.Combine(Folder, "functions", "publish", "bootstrap");

    /// <summary>Skips where functions and site are not built; `./test` builds them.</summary>
    public static void RequireBuilt()
    {
        Assert.SkipUnless(File.Exists(Program), "the sample's functions are not built (cd samples/cook-recipes/functions && dotnet publish -c Release -o publish)");
        Assert.SkipUnless(File.Exists(Path.Combine(Folder, "web", "dist", "index.html")), "the sample's site is not built (cd samples/cook-recipes/web && npm install && npm run build)");
    }

    /// <summary>A folder with functions.zip, as the functions' own build leaves it.</summary>
    public static string ZippedFunctions()
    {
        var folder = Directory.CreateTempSubdirectory("galley-functions-").FullName;
        using var zip = ZipFile.Open(Path.Combine(folder, "functions.zip"), ZipArchiveMode.Create);
        zip.CreateEntryFromFile(Program, "bootstrap", CompressionLevel.Fastest).ExternalAttributes = 0x81ED << 16;
        return folder;
    }

    /// <summary>The site comes through CloudFront and knows its addresses; the API asks for a token; the sign-in pages are there; functions run.</summary>
    /// <param name="server">Where it runs.</param>
    /// <param name="outputs">SiteUrl, ApiUrl, CognitoUrl, ClientId, as AWS would say them.</param>
    public static async Task Answers(GalleyServer server, Func<string, string> outputs)
    {
        var (site, api, signIn) = (server.ToLocal(outputs("SiteUrl")), server.ToLocal(outputs("ApiUrl")), server.ToLocal(outputs("CognitoUrl")));
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        foreach (var path in (string[])["/", "/recipes", "/authenticate"])
        {
            using var page = await Send(HttpMethod.Get, site + path);
            Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (page.StatusCode, page.Content.Headers.ContentType?.ToString() is "text/html" ? "text/html; charset=utf-8" : page.Content.Headers.ContentType?.ToString()));
            Assert.Contains("/assets/", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using (var told = await Send(HttpMethod.Get, site + "/config.json"))
        {
            var config = JsonNode.Parse(await told.Content.ReadAsStringAsync())!;
            Assert.Equal(
                (api, signIn, outputs("ClientId"), site + "/authenticate", site + "/logout"),
                ((string)config["apiUrl"]!, (string)config["cognitoUrl"]!, (string)config["clientId"]!, (string)config["redirectUri"]!, (string)config["logoutUri"]!));
        }

        using (var refused = await Send(HttpMethod.Get, api + "/recipes")) Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var callback = outputs("SiteUrl") + "/authenticate";
        using (var page = await Send(HttpMethod.Get, $"{signIn}/login?response_type=code&client_id={outputs("ClientId")}&redirect_uri={Uri.EscapeDataString(callback)}"))
        {
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Contains("type=\"password\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // The function runs, knows its secret and reaches the sign-in host: only the code is wrong.
        using var exchanged = await Send(HttpMethod.Get, api + "/token/no-such-code");
        Assert.Equal("invalid_grant", (string?)JsonNode.Parse(await exchanged.Content.ReadAsStringAsync())!["error"]);

        Task<HttpResponseMessage> Send(HttpMethod method, string url)
        {
            var request = new HttpRequestMessage(method, new Uri(server.Endpoint, new Uri(url).PathAndQuery));
            request.Headers.Host = new Uri(url).Authority;
            return http.SendAsync(request);
        }
    }

    /// <summary>What the sample makes, by kind: all of it empty when it is gone.</summary>
    /// <param name="js">Asks.</param>
    /// <param name="except">Names of what was there for other reasons, as a part of them.</param>
    public static async Task IsGone(AwsJs js, params string[] except)
    {
        foreach (var (client, command, list) in ((string, string, string)[])[
                     ("dynamodb", "ListTables", "TableNames"), ("lambda", "ListFunctions", "Functions"), ("s3", "ListBuckets", "Buckets"), ("iam", "ListRoles", "Roles"),
                     ("apigatewayv2", "GetApis", "Items"), ("cloudwatch-logs", "DescribeLogGroups", "logGroups"), ("cloudfront", "ListOriginAccessControls", "OriginAccessControlList"),
                     ("cloudfront", "ListDistributions", "DistributionList"),
                 ])
        {
            var answer = (await js.Call(client, command))[list];
            var left = (answer as JsonArray ?? answer?["Items"] as JsonArray ?? []).Select(one => one!.ToJsonString()).Where(one => !except.Any(name => one.Contains(name, StringComparison.Ordinal)));
            if (list == "logGroups") left = left.Where(one => !one.Contains("/aws/lambda/", StringComparison.Ordinal)); // made by the functions themselves, and left on AWS too
            Assert.True(!left.Any(), $"{command}: {string.Join('\n', left)}");
        }

        Assert.Empty((await js.Call("cognito-identity-provider", "ListUserPools", new { MaxResults = 10 }))["UserPools"]!.AsArray());
    }

    /// <summary>A command to its end; what it printed.</summary>
    public static async Task<(int Code, string Said)> Run(string folder, IReadOnlyDictionary<string, string> environment, TimeSpan patience, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var waiting = new CancellationTokenSource(patience);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(waiting.Token), process.StandardError.ReadToEndAsync(waiting.Token));
            await process.WaitForExitAsync(waiting.Token);
            return (process.ExitCode, $"{await output}\n{await errors}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
