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
        await wire.Refuses("DescribeBackup", $$"""{"BackupArn":"{{arn.Replace("aws:dynamodb", "aws:s3")}}"}""", "Invalid Request: BackupArn is not valid");
        await wire.Refuses("DescribeBackup", $$"""{"BackupArn":"{{arn.Replace("123456789012", "210987654321")}}"}""", "Access is denied", "AccessDeniedException");
        await wire.Refuses("DescribeBackup", """{"BackupArn":"arn:aws:dynamodb:eu-west-2:123456789012:table/tab"}""", "Invalid Backup ARN");
    }

    /// <summary>The words are AWS's of October 2026.</summary>
    [Fact]
    public async Task A_restore_overrides_billing_and_indexes_within_AWSs_rules()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        const string Gsi = """ "KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x","y"]}""",
            Lsi = """ "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"m","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}""",
            Five = """ "ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5}""", OnDemand = """ "BillingModeOverride":"PAY_PER_REQUEST",""";
        await wire.Call("CreateTable", $$"""
            {"TableName":"tab",{{Five}},"TableClass":"STANDARD_INFREQUENT_ACCESS","KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}],
             "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"S"},{"AttributeName":"m","AttributeType":"S"},{"AttributeName":"n","AttributeType":"S"}],
             "GlobalSecondaryIndexes":[{"IndexName":"gsi1",{{Gsi}},{{Five}}}],"LocalSecondaryIndexes":[{"IndexName":"lsi1",{{Lsi}}}]}
            """);
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"a"},"b":{"S":"b"},"m":{"S":"m"},"n":{"S":"n"}}}""");
        var arn = (string)(await wire.Call("CreateBackup", """{"TableName":"tab","BackupName":"first"}"""))["BackupDetails"]!["BackupArn"]!;

        const string Wrong = "Invalid Request: ", Unlike = " does not match a secondary index that existed in the source table and cannot be created during the restore operation";
        await Refused($$""" "GlobalSecondaryIndexOverride":[{"IndexName":"gsi1",{{Gsi.Replace("\"n\"", "\"m\"")}},{{Five}}}]""", Wrong + "Index gsi1" + Unlike);
        await Refused($$""" "GlobalSecondaryIndexOverride":[{"IndexName":"gsi1",{{Gsi.Replace(",\"y\"", "")}},{{Five}}}]""", Wrong + "Index gsi1" + Unlike);
        await Refused($$""" "LocalSecondaryIndexOverride":[{"IndexName":"lsi1",{{Lsi}}},{"IndexName":"lsi2",{{Lsi}}}]""", Wrong + "Index lsi2" + Unlike);
        await Refused($$""" "GlobalSecondaryIndexOverride":[{"IndexName":"gsi1",{{Gsi}}}]""", Wrong + "Must specify provisioned throughput for index gsi1");
        await Refused($$"""{{OnDemand}}"GlobalSecondaryIndexOverride":[{"IndexName":"gsi1",{{Gsi}},{{Five}}}]""", Wrong + "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index gsi1");
        await Refused(OnDemand + Five.Replace("put\"", "putOverride\""), Wrong + "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST");
        await Refused(""" "OnDemandThroughputOverride":{"MaxReadRequestUnits":5}""", Wrong + "Cannot override MaxReadRequestUnits for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST");
        await Refused(OnDemand + """ "OnDemandThroughputOverride":{"MaxReadRequestUnits":0}""", Wrong + "Requested MaxReadRequestUnits for OnDemandThroughput is outside of valid range");
        await Refused(""" "GlobalSecondaryIndexOverride":[{}]""", "3 validation errors detected: Value null at 'globalSecondaryIndexOverride.1.member.indexName' failed to satisfy constraint: Member must not be null; "
            + "Value null at 'globalSecondaryIndexOverride.1.member.keySchema' failed to satisfy constraint: Member must not be null; Value null at 'globalSecondaryIndexOverride.1.member.projection' failed to satisfy constraint: Member must not be null");
        await Refused(""" "SSESpecificationOverride":{"KMSMasterKeyId":""}""", "1 validation error detected: Value '' at 'sSESpecificationOverride.kMSMasterKeyId' failed to satisfy constraint: Member must have length greater than or equal to 1");
        await wire.Refuses("RestoreTableFromBackup", $$"""{"BackupArn":"{{arn}}","TargetTableName":""}""", "TableName must be at least 3 characters long and at most 255 characters long");

        var renamed = await Restored("renamed", $$$""" "GlobalSecondaryIndexOverride":[{"IndexName":"gsi-new",{{{Gsi.Replace("\"x\",\"y\"", "\"y\",\"x\"")}}},"ProvisionedThroughput":{"ReadCapacityUnits":8,"WriteCapacityUnits":8}}],"LocalSecondaryIndexOverride":[{"IndexName":"lsi-new",{{{Lsi}}}}]""");
        Assert.Equal(("gsi-new", 8, "lsi-new", 5), ((string)renamed["GlobalSecondaryIndexes"]![0]!["IndexName"]!, (int)renamed["GlobalSecondaryIndexes"]![0]!["ProvisionedThroughput"]!["ReadCapacityUnits"]!,
            (string)renamed["LocalSecondaryIndexes"]![0]!["IndexName"]!, (int)renamed["ProvisionedThroughput"]!["ReadCapacityUnits"]!));
        Assert.Equal((null, null), (renamed["RestoreSummary"], renamed["TableClassSummary"]));
        Assert.Equal(1, (int)(await wire.Call("Query", """{"TableName":"renamed","IndexName":"gsi-new","KeyConditionExpression":"n=:n","ExpressionAttributeValues":{":n":{"S":"n"}}}"""))["Count"]!);
        var bare = await Restored("bare", $$"""{{OnDemand}}"OnDemandThroughputOverride":{"MaxReadRequestUnits":50},"GlobalSecondaryIndexOverride":[],"LocalSecondaryIndexOverride":[]""");
        Assert.Equal((null, null, 50), (bare["GlobalSecondaryIndexes"], bare["LocalSecondaryIndexes"], (int)bare["OnDemandThroughput"]!["MaxReadRequestUnits"]!));
        var kept = (string)(await wire.Call("CreateBackup", """{"TableName":"bare","BackupName":"bare"}"""))["BackupDetails"]!["BackupArn"]!;
        Assert.Equal(50, (int)(await wire.Call("DescribeBackup", $$"""{"BackupArn":"{{kept}}"}"""))["BackupDescription"]!["SourceTableDetails"]!["OnDemandThroughput"]!["MaxReadRequestUnits"]!);
        var whole = await Restored("whole", """ "ProvisionedThroughputOverride":{"ReadCapacityUnits":7,"WriteCapacityUnits":7}""");
        Assert.Equal((7, 5), ((int)whole["ProvisionedThroughput"]!["ReadCapacityUnits"]!, (int)whole["GlobalSecondaryIndexes"]![0]!["ProvisionedThroughput"]!["ReadCapacityUnits"]!));

        Task Refused(string members, string message) => wire.Refuses("RestoreTableFromBackup", $$"""{"BackupArn":"{{arn}}","TargetTableName":"target",{{members}}}""", message);

        async Task<JsonNode> Restored(string name, string members)
        {
            await wire.Call("RestoreTableFromBackup", $$"""{"BackupArn":"{{arn}}","TargetTableName":"{{name}}",{{members}}}""");
            await Active(wire, name);
            return (await wire.Call("DescribeTable", $$"""{"TableName":"{{name}}"}"""))["Table"]!;
        }
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
                Assert.True(delete.IsSuccessStatusCode || answer.Contains("BackupInUseException", StringComparison.Ordinal) && answer.Contains("Backup is being used to restore table: " + arn, StringComparison.Ordinal), answer);
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
        await wire.Refuses("RestoreTableToPointInTime", $$"""{"SourceTableName":"tab","TargetTableName":"back3","RestoreDateTime":{{moments[0] - 100}}}""",
            "RestoreDateTime '2025-12-31T23:58:30Z' must be within EarliestRestorableDateTime '2026-01-01T00:00:00Z' and LatestRestorableDateTime '2026-01-01T00:00:40Z'", "InvalidRestoreTimeException");
        await wire.Refuses("RestoreTableToPointInTime", $$"""{"SourceTableName":"tab","TargetTableName":"back3","UseLatestRestorableTime":true,"RestoreDateTime":{{moments[0]}}}""",
            "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify either RestoreDateTime time or UseLatestRestorableTime");
        await wire.Refuses("RestoreTableToPointInTime", """{"SourceTableArn":"arn:aws:dynamodb:eu-west-2:210987654321:table/tab","TargetTableName":"back3","UseLatestRestorableTime":true}""", "This action is only supported by accounts that match the resource owner's account");
        await wire.Refuses("RestoreTableToPointInTime", """{"SourceTableArn":"tab","TargetTableName":"back3","UseLatestRestorableTime":true}""", "sourceTableArn is not a valid ARN");
        await wire.Refuses("RestoreTableToPointInTime", """{"TargetTableName":"back3","UseLatestRestorableTime":true}""", "The parameter 'TableName' is required but was not present in the request");
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
