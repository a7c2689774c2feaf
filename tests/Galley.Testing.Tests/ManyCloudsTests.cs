using System.Diagnostics;
using Amazon.DynamoDBv2.Model;

namespace Galley.Testing.Tests;

/// <summary>A hundred clouds in one process: none in another's way, and what they cost.</summary>
public class ManyCloudsTests(NotesApp notes)
{
    private const int Many = 100;

    [Fact]
    public async Task A_hundred_clouds_in_parallel_keep_out_of_each_others_way()
    {
        var clouds = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => notes.StartAsync()));
        try
        {
            Assert.Equal(Many, clouds.Select(cloud => cloud.Endpoint).Distinct().Count());
            await Task.WhenAll(clouds.Select(async (cloud, number) =>
            {
                using var dynamodb = NotesApp.DynamoDB(cloud);
                await dynamodb.PutItemAsync(cloud.App["TableName"], new() { ["id"] = new($"n{number}") });
                cloud.Clock.Advance(TimeSpan.FromHours(number));
                using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync($"user{number}"));
                Assert.Equal($"[\"n{number}\"]", await api.GetStringAsync("notes"));
            }));
        }
        finally
        {
            await Task.WhenAll(clouds.Select(cloud => cloud.DisposeAsync().AsTask()));
        }
    }
}
