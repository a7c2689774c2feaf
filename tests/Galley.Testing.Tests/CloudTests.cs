using System.Net;
using Amazon.DynamoDBv2.Model;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Configuration;

namespace Galley.Testing.Tests;

/// <summary>A cloud as a test meets it: clients, people, handlers, explanations, mail, seeds.</summary>
public class CloudTests(NotesApp notes)
{
    [Fact]
    public async Task Endpoint_region_and_keys_are_what_the_SDK_and_IConfiguration_take()
    {
        await using var cloud = await GalleyCloud.StartAsync(new GalleyCloudOptions { Region = "us-east-1", Account = "111122223333" });
        using var dynamodb = NotesApp.DynamoDB(cloud);
        var table = await dynamodb.CreateTableAsync(new CreateTableRequest("t-1", [new KeySchemaElement("id", "HASH")], [new AttributeDefinition("id", "S")], null) { BillingMode = "PAY_PER_REQUEST" });
        Assert.Equal("arn:aws:dynamodb:us-east-1:111122223333:table/t-1", table.TableDescription.TableArn);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(cloud.Configuration).Build();
        Assert.Equal((cloud.Endpoint.ToString(), "us-east-1", cloud.AccessKeyId), (configuration["AWS:ServiceURL"], configuration["AWS:AuthenticationRegion"], configuration["AWS_ACCESS_KEY_ID"]));
    }

    [Fact]
    public async Task Every_name_leads_here_without_DNS_by_HTTP_and_HTTPS()
    {
        await using var cloud = await notes.StartAsync();
        var api = new Uri(cloud.App["ApiUrl"]);
        Assert.EndsWith(".execute-api.eu-west-2.localhost", api.Host);
        using var client = cloud.CreateClient();
        Assert.Equal("\"pong\"", await client.GetStringAsync($"{api.AbsoluteUri}ping"));
        Assert.Equal("\"pong\"", await client.GetStringAsync($"https://{api.Host.Replace("localhost", "amazonaws.com", StringComparison.Ordinal)}/ping"));
        Assert.Contains("Notes", await client.GetStringAsync(cloud.App["SiteUrl"]));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(cloud.App["SignInUrl"] + $"/login?response_type=code&client_id={cloud.App["ClientId"]}&redirect_uri=https://example.com/back")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("http://somewhere.example.com/")).StatusCode);
    }

    [Fact]
    public async Task One_call_makes_a_user_and_signs_in_with_real_tokens()
    {
        await using var cloud = await notes.StartAsync();
        using var dynamodb = NotesApp.DynamoDB(cloud);
        await dynamodb.PutItemAsync(cloud.App["TableName"], new() { ["id"] = new("one") });
        var ann = await cloud.App.SignInAsync("ann", groups: ["readers"]);
        using var api = cloud.App.CreateClient("ApiUrl", ann);
        Assert.Equal("[\"one\"]", await api.GetStringAsync("notes"));
        using var site = cloud.App.CreateClient("SignInUrl", ann);
        Assert.Contains("ann@example.com", await site.GetStringAsync("oauth2/userInfo"));
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = cloud.App["ClientId"], ["refresh_token"] = ann.RefreshToken });
        using var anyone = cloud.App.CreateClient("SignInUrl");
        using var fresh = await anyone.PostAsync("oauth2/token", form);
        Assert.True(fresh.IsSuccessStatusCode, cloud.Explain(fresh).ToString());
    }

    [Fact]
    public async Task A_stranger_signs_up_by_the_mailed_code()
    {
        await using var cloud = await notes.StartAsync();
        var bob = await cloud.App.SignUpAsync("bob", "bob@example.org");
        Assert.Equal("bob@example.org", Assert.Single(await cloud.Mail.ListAsync()).To);
        using var api = cloud.App.CreateClient("ApiUrl", bob);
        Assert.Equal("[]", await api.GetStringAsync("notes"));
        var twice = await Assert.ThrowsAsync<DeploymentException>(() => cloud.App.SignUpAsync("bob", "bob@example.org"));
        Assert.Contains("UsernameExistsException", twice.Message);
        await Assert.ThrowsAsync<TimeoutException>(() => cloud.Mail.WaitForCodeAsync(bob, TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public async Task An_answer_is_explained()
    {
        await using var cloud = await notes.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl");
        using var refused = await api.GetAsync("notes");
        var why = cloud.Explain(refused);
        Assert.Equal((401, "execute-api"), (why.Status, why.Service));
        Assert.False(why.Refusal!.Allowed);
        Assert.Contains("NO  " + why.Refusal.Check, why.ToString());
        Assert.Same(why.Refusal, why.Steps.First(step => !step.Allowed));
        Assert.Null(cloud.Explain("no-such-request"));
    }

    [Fact]
    public async Task A_handler_runs_in_this_process_until_it_is_disposed_and_what_it_throws_is_the_functions_error()
    {
        await using var cloud = await notes.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl");
        using (cloud.App.Handle<Functions.HttpApiRequest, Functions.HttpApiResponse>("Ping", _ => throw new InvalidOperationException("no")))
            Assert.Equal(HttpStatusCode.InternalServerError, (await api.GetAsync("ping")).StatusCode);
        var process = 0;
        using (cloud.App.Handle("Ping", (_, _) =>
        {
            process = Environment.ProcessId;
            return Task.FromResult<ReadOnlyMemory<byte>>("\"here\""u8.ToArray());
        })) Assert.Equal("here", await api.GetStringAsync("ping"));
        Assert.Equal(Environment.ProcessId, process);
    }

    [Fact]
    public async Task A_seed_file_gives_users_items_and_objects_and_may_be_put_in_twice()
    {
        await using var cloud = await notes.StartAsync();
        await cloud.SeedAsync(NotesApp.SeedFile);
        await cloud.SeedAsync(NotesApp.SeedFile);
        using var dynamodb = NotesApp.DynamoDB(cloud);
        var item = (await dynamodb.GetItemAsync(cloud.App["TableName"], new() { ["id"] = new("a") })).Item;
        Assert.Equal(("Hello", "3", 2), (item["text"].S, item["count"].N, item["tags"].L.Count));
        Assert.Equal("12", (await dynamodb.GetItemAsync(cloud.App["TableName"], new() { ["id"] = new("b") })).Item["text"].S);
        using var s3 = new AmazonS3Client(cloud.AccessKeyId, cloud.SecretAccessKey, new AmazonS3Config { ServiceURL = cloud.Endpoint.ToString(), AuthenticationRegion = cloud.Region, ForcePathStyle = true });
        var page = await s3.GetObjectAsync(new GetObjectRequest { BucketName = cloud.App["UploadsName"], Key = "page/index.html" });
        Assert.Equal("text/html; charset=utf-8", page.Headers.ContentType);
        var ann = await cloud.App.SignInAsync("ann");
        Assert.Contains("\"cognito:groups\":[\"admin\"]", System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(ann.AccessToken.Split('.')[1])));
        var wrong = Path.GetTempFileName();
        await File.WriteAllTextAsync(wrong, "people: []");
        Assert.Contains("`people:` is not known here", (await Assert.ThrowsAsync<DeploymentException>(() => cloud.SeedAsync(wrong))).Message);
        File.Delete(wrong);
    }

    [Fact]
    public async Task A_deployment_that_fails_says_which_resource_and_why()
    {
        await using var cloud = await GalleyCloud.StartAsync();
        var folder = Directory.CreateTempSubdirectory("galley-testing-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "template.yaml"), "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: { KeySchema: [{ AttributeName: id, KeyType: HASH }], AttributeDefinitions: [] }\n");
        Assert.Contains("T (AWS::DynamoDB::Table)", (await Assert.ThrowsAsync<DeploymentException>(() => cloud.DeployAsync(folder))).Message);
        Assert.Contains("is no template", (await Assert.ThrowsAsync<DeploymentException>(() => cloud.DeployAsync(Path.Combine(folder, "none")))).Message);
        Assert.Throws<InvalidOperationException>(() => cloud.App);
        Directory.Delete(folder, recursive: true);
    }
}
