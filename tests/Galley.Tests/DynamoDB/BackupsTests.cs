using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.DynamoDB;

/// <summary>Backups, restores, and point-in-time recovery to the second.</summary>
public class BackupsTests
{
    private const string Indexed = ""","GlobalSecondaryIndexes":[{"IndexName":"by-n","KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]""";

    [Fact]
    public async Task A_backup_restores_the_table_as_it_was_with_its_indexes()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await Make(wire);
        for (var i = 0; i < 5; i++) await Put(wire, i.ToString(CultureInfo.InvariantCulture), 7);
        var made = (await wire.Call("CreateBackup", """{"TableName":"tab","BackupName":"first"}"""))["BackupDetails"]!;
        Assert.Equal("CREATING", (string)made["BackupStatus"]!);
        var arn = (string)made["BackupArn"]!;
        Assert.Matches("^arn:aws:dynamodb:eu-west-2:123456789012:table/tab/backup/[0-9]{14}-[0-9a-f]{8}$", arn);
        await wire.Call("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":"0"}}}""");
        await Put(wire, "1", 8);
        var described = (await wire.Call("DescribeBackup", $$"""{"BackupArn":"{{arn}}"}"""))["BackupDescription"]!;
        Assert.Equal("AVAILABLE", (string)described["BackupDetails"]!["BackupStatus"]!);
        Assert.Equal(5, (int)described["SourceTableDetails"]!["ItemCount"]!);
        await wire.Call("DeleteTable", """{"TableName":"tab"}""");
        var restored = (await wire.Call("RestoreTableFromBackup", $$"""{"BackupArn":"{{arn}}","TargetTableName":"again"}"""))["TableDescription"]!;
        Assert.Equal("CREATING", (string)restored["TableStatus"]!);
        Assert.True((bool)restored["RestoreSummary"]!["RestoreInProgress"]!);
        await Active(wire, "again");
        Assert.Equal(5, (int)(await wire.Call("Scan", """{"TableName":"again"}"""))["Count"]!);
        Assert.Equal(5, (int)(await wire.Call("Query", """{"TableName":"again","IndexName":"by-n","KeyConditionExpression":"n=:n","ExpressionAttributeValues":{":n":{"N":"7"}}}"""))["Count"]!);
        await wire.Refuses("RestoreTableFromBackup", $$"""{"BackupArn":"{{arn}}","TargetTableName":"again"}""", "Table already exists: again", "TableAlreadyExistsException");
        Assert.Equal("first", (string)(await wire.Call("ListBackups", """{"TableName":"tab"}"""))["BackupSummaries"]![0]!["BackupName"]!);
        Assert.Equal("DELETED", (string)(await wire.Call("DeleteBackup", $$"""{"BackupArn":"{{arn}}"}"""))["BackupDescription"]!["BackupDetails"]!["BackupStatus"]!);
        await wire.Refuses("DescribeBackup", $$"""{"BackupArn":"{{arn}}"}""", $"Backup not found: {arn}", "BackupNotFoundException");
        await wire.Refuses("CreateBackup", """{"TableName":"none","BackupName":"first"}""", "Table not found: none", "TableNotFoundException");
    }

    [Fact]
    public async Task A_restore_that_is_cut_short_is_whole_after_the_next_start_whatever_was_deleted_meanwhile()
    {
        var folder = Directory.CreateTempSubdirectory("galley-restore-");
        try
        {
            string arn;
            await using (var wire = await DynamoDBWire.StartAsync(folder: folder.FullName))
            {
                await Make(wire);
                for (var i = 0; i < 40; i++)
                    await wire.Call("BatchWriteItem", $$$"""{"RequestItems":{"tab":[{{{string.Join(",", Enumerable.Range(0, 25).Select(j => "{\"PutRequest\":{\"Item\":{\"a\":{\"S\":\"" + (i * 25 + j) + "\"},\"n\":{\"N\":\"1\"}}}}"))}}}]}}""");
                await wire.Call("UpdateContinuousBackups", """{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}""");
                arn = (string)(await wire.Call("CreateBackup", """{"TableName":"tab","BackupName":"first"}"""))["BackupDetails"]!["BackupArn"]!;
                await wire.Call("RestoreTableFromBackup", $$"""{"BackupArn":"{{arn}}","TargetTableName":"one"}""");
                await wire.Call("RestoreTableToPointInTime", """{"SourceTableName":"tab","TargetTableName":"two","UseLatestRestorableTime":true}""");
                await wire.Call("DeleteTable", """{"TableName":"tab"}""");
                // Whether the restore still runs is left to chance; a backup in use is refused, a free one is gone.
                using var delete = await wire.Send("DeleteBackup", $$"""{"BackupArn":"{{arn}}"}""");
                var answer = await delete.Content.ReadAsStringAsync();
                Assert.True(delete.IsSuccessStatusCode || answer.Contains("BackupInUseException", StringComparison.Ordinal) && answer.Contains("Backup is being restored: " + arn, StringComparison.Ordinal), answer);
            }

            await using (var wire = await DynamoDBWire.StartAsync(folder: folder.FullName))
                foreach (var table in (string[])["one", "two"])
                {
                    await Active(wire, table);
                    Assert.Equal(1000, (int)(await wire.Call("Scan", $$"""{"TableName":"{{table}}","Select":"COUNT"}"""))["Count"]!);
                }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Point_in_time_recovery_goes_back_to_any_second_and_a_deleted_table_leaves_a_backup()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture));
        await using var wire = await DynamoDBWire.StartAsync(time);
        await Make(wire);
        await Put(wire, "old", 1);
        await wire.Refuses("RestoreTableToPointInTime", """{"SourceTableName":"tab","TargetTableName":"back","UseLatestRestorableTime":true}""",
            "Point in time recovery is not enabled for table 'tab'", "PointInTimeRecoveryUnavailableException");
        await wire.Call("UpdateContinuousBackups", """{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}""");
        var moments = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Put(wire, "old", 10 + i);
            await Put(wire, $"new{i}", 1);
            if (i == 2) await wire.Call("DeleteItem", """{"TableName":"tab","Key":{"a":{"S":"new0"}}}""");
            moments.Add(time.GetUtcNow().ToUnixTimeSeconds());
        }

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("old=1", await Restored(wire, moments[0] - 1, "back0"));
        Assert.Equal("new0=1 new1=1 old=11", await Restored(wire, moments[1] + 3, "back1"));
        Assert.Equal("new1=1 new2=1 old=12", await Restored(wire, null, "back2"));
        await wire.Fails("RestoreTableToPointInTime", $$"""{"SourceTableName":"tab","TargetTableName":"back3","RestoreDateTime":{{moments[0] - 100}}}""", "InvalidRestoreTimeException");
        var window = (await wire.Call("DescribeContinuousBackups", """{"TableName":"tab"}"""))["ContinuousBackupsDescription"]!["PointInTimeRecoveryDescription"]!;
        Assert.Equal(35, (int)window["RecoveryPeriodInDays"]!);
        Assert.Equal(moments[0] - 10, (double)window["EarliestRestorableDateTime"]!);

        await wire.Call("DeleteTable", """{"TableName":"tab"}""");
        var system = (await wire.Call("ListBackups", """{"BackupType":"SYSTEM"}"""))["BackupSummaries"]![0]!;
        Assert.Equal("tab$DeletedTableBackup", (string)system["BackupName"]!);
        await wire.Call("RestoreTableFromBackup", $$"""{"BackupArn":"{{system["BackupArn"]}}","TargetTableName":"tab"}""");
        await Active(wire, "tab");
        Assert.Equal("new1=1 new2=1 old=12", await Items(wire, "tab"));
        await wire.Fails("DeleteBackup", $$"""{"BackupArn":"{{system["BackupArn"]}}"}""", "ValidationException");
        time.Advance(TimeSpan.FromDays(36));
        await UpkeepTests.Until(async () => (await wire.Call("ListBackups", """{"BackupType":"ALL"}"""))["BackupSummaries"]!.AsArray().Count == 0);
    }

    private static async Task<string> Restored(DynamoDBWire wire, long? moment, string name)
    {
        await wire.Call("RestoreTableToPointInTime", $$"""{"SourceTableName":"tab","TargetTableName":"{{name}}",{{(moment is null ? "\"UseLatestRestorableTime\":true" : $"\"RestoreDateTime\":{moment}")}} }""");
        await Active(wire, name);
        return await Items(wire, name);
    }

    private static async Task<string> Items(DynamoDBWire wire, string name) => string.Join(' ', (await wire.Call("Scan", $$"""{"TableName":"{{name}}","IndexName":"by-n"}"""))["Items"]!.AsArray()
        .Select(item => $"{item!["a"]!["S"]}={item["n"]!["N"]}").Order(StringComparer.Ordinal));

    private static Task Active(DynamoDBWire wire, string name)
        => UpkeepTests.Until(async () => (string)(await wire.Call("DescribeTable", $$"""{"TableName":"{{name}}"}"""))["Table"]!["TableStatus"]! == "ACTIVE");

    private static Task<JsonObject> Make(DynamoDBWire wire) => wire.Call("CreateTable", $$"""
        {"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
         "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"}]{{Indexed}}}
        """);

    private static Task<JsonObject> Put(DynamoDBWire wire, string a, int n) => wire.Call("PutItem", $$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{a}}}}"},"n":{"N":"{{{{n}}}}"}}}""");
}
