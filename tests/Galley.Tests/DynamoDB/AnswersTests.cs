using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB;

/// <summary>
/// The table of requests and what DynamoDB answers to them, `Answers.txt`: operation, request and answer with tabs between, asked one after the
/// other. Most are wrong in one or two ways; what counts is which mistake is told, and in which words. The words are AWS's, gathered from what
/// others recorded of it.
/// </summary>
public class AnswersTests
{
    [Fact]
    public async Task Every_request_of_the_table_has_its_answer()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        var wrong = new List<string>();
        var rows = File.ReadLines(Path.Combine(Repository.Root, "tests", "Galley.Tests", "DynamoDB", "Answers.txt")).Where(line => !line.StartsWith('#')).ToList();
        foreach (var row in rows)
        {
            var parts = row.Split('\t');
            using var response = await wire.Send(parts[0], parts[1]);
            var got = response.IsSuccessStatusCode ? "OK" : Told(await response.Content.ReadAsStringAsync());
            if (got != parts[2]) wrong.Add($"{parts[0]} {parts[1]}\n  wanted {parts[2]}\n  got    {got}");
        }

        Assert.True(rows.Count > 1000);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {rows.Count}:\n{string.Join("\n", wrong.Take(40))}");

        static string Told(string body)
        {
            var error = JsonNode.Parse(body)!.AsObject();
            return $"{((string)error["__type"]!).Split('#')[1]}: {(string?)(error["message"] ?? error["Message"])}".TrimEnd();
        }
    }
}
