using System.Diagnostics;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace Galley.Testing.Tests;

/// <summary>States are taken, put back and multiplied.</summary>
public class SnapshotTests(NotesApp notes)
{
    [Fact]
    public async Task Everything_comes_back_with_a_snapshot_and_nothing_stays()
    {
        await using var cloud = await notes.StartAsync();
        using var dynamodb = NotesApp.DynamoDB(cloud);
        using var s3 = S3(cloud);
        var (table, bucket) = (cloud.App["TableName"], cloud.App["UploadsName"]);
        var large = new string('x', 200_000);
        await dynamodb.PutItemAsync(table, new() { ["id"] = new("kept") });
        await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "large", ContentBody = large });
        var ann = await cloud.App.SignUpAsync("ann");
        using var api = cloud.App.CreateClient("ApiUrl", ann);
        Assert.Equal("[\"kept\"]", await api.GetStringAsync("notes"));
        var snapshot = cloud.Snapshot();

        for (var round = 0; round < 3; round++)
        {
            await dynamodb.DeleteItemAsync(table, new() { ["id"] = new("kept") });
            await dynamodb.PutItemAsync(table, new() { ["id"] = new("gone") });
            await s3.DeleteObjectAsync(bucket, "large");
            await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "other", ContentBody = large + round });
            await cloud.App.SignUpAsync("bob");
            cloud.Faults.Fail(At.Api);
            cloud.Clock.Advance(TimeSpan.FromDays(round));
            await cloud.RestoreAsync(snapshot);

            Assert.InRange(cloud.Clock.Now - snapshot.Time, TimeSpan.Zero, TimeSpan.FromHours(1));
            Assert.Equal("[\"kept\"]", await api.GetStringAsync("notes"));
            using var got = await s3.GetObjectAsync(bucket, "large");
            using var reader = new StreamReader(got.ResponseStream);
            Assert.Equal(large, await reader.ReadToEndAsync());
            Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => s3.GetObjectMetadataAsync(bucket, "other"))).StatusCode);
            Assert.Single(await cloud.Mail.ListAsync());
        }
    }

    [Fact]
    public async Task A_cloud_from_a_snapshot_is_its_own()
    {
        await using var one = await notes.StartAsync();
        await using var two = await notes.StartAsync();
        Assert.NotEqual(one.Endpoint, two.Endpoint);
        using var first = NotesApp.DynamoDB(one);
        await first.PutItemAsync(one.App["TableName"], new() { ["id"] = new("mine") });
        using var apiOne = one.App.CreateClient("ApiUrl", await one.App.SignInAsync("ann"));
        using var apiTwo = two.App.CreateClient("ApiUrl", await two.App.SignInAsync("ann"));
        Assert.Equal(("[\"mine\"]", "[]"), (await apiOne.GetStringAsync("notes"), await apiTwo.GetStringAsync("notes")));
        using var siteTwo = two.App.CreateClient("SiteUrl");
        Assert.Contains(two.App["ApiUrl"], await siteTwo.GetStringAsync("config.json"));
    }

    [Fact]
    public async Task A_snapshot_is_taken_and_put_back_in_milliseconds()
    {
        await using var cloud = await notes.StartAsync();
        using var dynamodb = NotesApp.DynamoDB(cloud);
        for (var i = 0; i < 500; i++) await dynamodb.PutItemAsync(cloud.App["TableName"], new() { ["id"] = new($"n{i}") });
        await cloud.RestoreAsync(cloud.Snapshot());
        var watch = Stopwatch.StartNew();
        const int rounds = 50;
        for (var i = 0; i < rounds; i++) await cloud.RestoreAsync(cloud.Snapshot());
        var each = watch.Elapsed / rounds;
        TestContext.Current.TestOutputHelper?.WriteLine($"taken and put back in {each.TotalMilliseconds:0.00} ms");
        Assert.InRange(each, TimeSpan.Zero, TimeSpan.FromMilliseconds(100)); // far from any copy of the state, whatever the machine is busy with
    }

    [Fact]
    public async Task Two_clouds_of_one_seed_are_alike_to_the_last_id()
    {
        Assert.Equal(await Deployed(11), await Deployed(11));
        Assert.NotEqual(await Deployed(11), await Deployed(12));

        static async Task<string> Deployed(int seed)
        {
            await using var cloud = await GalleyCloud.StartAsync(new GalleyCloudOptions { Seed = seed });
            var app = await cloud.DeployAsync(NotesApp.Folder, new DeployOptions { InProcess = true });
            var ann = await app.SignUpAsync("ann");
            var port = cloud.Endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var mail = Assert.Single(await cloud.Mail.ListAsync());
            var claims = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(ann.AccessToken.Split('.')[1]));
            return string.Join('\n', [.. app.Outputs.Concat(app.Resources).Select(pair => $"{pair.Key} {pair.Value.Replace(port, "", StringComparison.Ordinal)}").Order(StringComparer.Ordinal), mail.Text, cloud.AccessKeyId, claims]);
        }
    }

    private static AmazonS3Client S3(GalleyCloud cloud) => new(cloud.AccessKeyId, cloud.SecretAccessKey, new AmazonS3Config { ServiceURL = cloud.Endpoint.ToString(), AuthenticationRegion = cloud.Region, ForcePathStyle = true });
}
