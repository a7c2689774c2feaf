using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.DynamoDB;

/// <summary>What UpdateTable takes together and what not, throughputs, and policies of tables.</summary>
public class TableUpdatesTests
{
    [Theory]
    [InlineData("", "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required")]
    [InlineData(""","DeletionProtectionEnabled":true,"SSESpecification":{"Enabled":true}""", "One or more parameter values were invalid: Server-Side Encryption modification must be the only operation in the request")]
    [InlineData(""","TableClass":"STANDARD","DeletionProtectionEnabled":true""", "One or more parameter values were invalid: TableClass modification must be the only operation in the request")]
    [InlineData(""","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}""", "One or more parameter values were invalid: You cannot modify stream status while updating table IOPS")]
    [InlineData(""","SSESpecification":{"Enabled":false}""", "One or more parameter values were invalid: Table is already encrypted by default")]
    [InlineData(""","OnDemandThroughput":{"MaxReadRequestUnits":0}""", "One or more parameter values were invalid: Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range")]
    [InlineData(""","WarmThroughput":{"ReadUnitsPerSecond":1}""", "One or more parameter values were invalid: Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported")]
    [InlineData(""","TableClass":"X" """, "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].")]
    [InlineData(""","GlobalSecondaryIndexUpdates":[{}]""", "One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null")]
    public async Task UpdateTable_refuses_what_does_not_go_together(string members, string message)
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await wire.Refuses("UpdateTable", $$"""{"TableName":"tab"{{members}}}""", message);
    }

    [Fact]
    public async Task Throughputs_are_kept_and_told()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(more: ""","OnDemandThroughput":{"MaxReadRequestUnits":10,"MaxWriteRequestUnits":5},"WarmThroughput":{"ReadUnitsPerSecond":13000,"WriteUnitsPerSecond":4000}""");
        var table = await Table(wire);
        Assert.Equal("""{"MaxReadRequestUnits":10,"MaxWriteRequestUnits":5}""", table["OnDemandThroughput"]!.ToJsonString());
        Assert.Equal(13000, (int)table["WarmThroughput"]!["ReadUnitsPerSecond"]!);
        await wire.Call("UpdateTable", """{"TableName":"tab","OnDemandThroughput":{"MaxReadRequestUnits":-1}}""");
        Assert.Equal("""{"MaxWriteRequestUnits":5}""", (await Table(wire))["OnDemandThroughput"]!.ToJsonString());
        var warmed = (await wire.Call("UpdateTable", """{"TableName":"tab","WarmThroughput":{"WriteUnitsPerSecond":5000}}"""))["TableDescription"]!;
        Assert.Equal("ACTIVE", (string)warmed["TableStatus"]!);
        Assert.Equal("""{"ReadUnitsPerSecond":13000,"WriteUnitsPerSecond":4000,"Status":"UPDATING"}""", warmed["WarmThroughput"]!.ToJsonString());
        Assert.Equal("""{"ReadUnitsPerSecond":13000,"WriteUnitsPerSecond":5000,"Status":"ACTIVE"}""", (await Table(wire))["WarmThroughput"]!.ToJsonString());
        await wire.Call("UpdateTable", """{"TableName":"tab","OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":-1}}""");
        Assert.Null((await Table(wire))["OnDemandThroughput"]);
        await wire.Call("UpdateTable", """{"TableName":"tab","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4}}""");
        Assert.Equal("PROVISIONED", (string)(await Table(wire))["BillingModeSummary"]!["BillingMode"]!);
        await wire.Refuses("UpdateTable", """{"TableName":"tab","OnDemandThroughput":{"MaxReadRequestUnits":1}}""",
            "One or more parameter values were invalid: MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED");
        await wire.Refuses("TagResource", """{"ResourceArn":"arn:aws:dynamodb:eu-west-2:123456789012:table/tab","Tags":[]}""", "Atleast one Tag needs to be provided as Input.");
    }

    [Fact]
    public async Task UpdateTable_answers_what_begins_and_DescribeTable_what_is_done()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-10-09T00:21:34Z"));
        await using var wire = await DynamoDBWire.StartAsync(time);
        await wire.Call("CreateTable", $$$"""
            {"TableName":"tab","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],{{{Units(10)}}},
             "GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},{{{Units(10)}}}}]}
            """);
        const string Risen = "\"LastIncreaseDateTime\":1791505294.001,", Fallen = Risen + "\"LastDecreaseDateTime\":1791505299.001,";
        Assert.Equal(Told("\"LastIncreaseDateTime\":1791505294,", 0, 10), await Update(Units(30)));
        Assert.Equal(Told(Risen, 0, 30), await Throughput());
        Assert.Equal(30, (int)(await Table(wire))["WarmThroughput"]!["ReadUnitsPerSecond"]!);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Told(Risen + "\"LastDecreaseDateTime\":1791505299,", 0, 30), await Update(Units(10)));
        Assert.Equal(Told(Fallen, 1, 10), await Throughput());
        Assert.Equal(30, (int)(await Table(wire))["WarmThroughput"]!["ReadUnitsPerSecond"]!);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(Told(Fallen, 0, 10), await Throughput());

        var answer = (await wire.Call("UpdateTable", $$$"""{"TableName":"tab","GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"gsi",{{{Units(5)}}}}}]}"""))["TableDescription"]!;
        Assert.Equal("ACTIVE", (string)answer["TableStatus"]!);
        Assert.Equal(("UPDATING", 10, 0, 10), Index(answer));
        Assert.Equal(("ACTIVE", 5, 1, 10), Index(await Table(wire)));

        Assert.Null((await wire.Call("UpdateTable", """{"TableName":"tab","TableClass":"STANDARD_INFREQUENT_ACCESS"}"""))["TableDescription"]!["TableClassSummary"]);
        Assert.Equal("STANDARD_INFREQUENT_ACCESS", (string)(await Table(wire))["TableClassSummary"]!["TableClass"]!);
        answer = (await wire.Call("UpdateTable", """{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":7}}"""))["TableDescription"]!;
        Assert.Equal("""{"BillingMode":"PAY_PER_REQUEST"}""", answer["BillingModeSummary"]!.ToJsonString());
        Assert.Equal("""{"MaxReadRequestUnits":-1,"MaxWriteRequestUnits":7}""", answer["OnDemandThroughput"]!.ToJsonString());
        Assert.NotNull((await Table(wire))["BillingModeSummary"]!["LastUpdateToPayPerRequestDateTime"]);
        await wire.Call("UpdateTable", $$$"""{"TableName":"tab","BillingMode":"PROVISIONED",{{{Units(1)}}},"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"gsi",{{{Units(1)}}}}}]}""");
        Assert.Equal(Told(Fallen, 0, 1), await Throughput());
        Assert.Equal("""{"ReadUnitsPerSecond":12000,"WriteUnitsPerSecond":4000,"Status":"ACTIVE"}""", (await Table(wire))["WarmThroughput"]!.ToJsonString());
        answer = (await wire.Call("UpdateTable", """{"TableName":"tab","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"gsi"}}]}"""))["TableDescription"]!;
        Assert.Equal(("UPDATING", 2), ((string)answer["TableStatus"]!, answer["AttributeDefinitions"]!.AsArray().Count));
        Assert.Equal("DELETING", Index(answer).Status);
        Assert.Null((await Table(wire))["GlobalSecondaryIndexes"]);

        async Task<string> Update(string members) => (await wire.Call("UpdateTable", $$"""{"TableName":"tab",{{members}}}"""))["TableDescription"]!["ProvisionedThroughput"]!.ToJsonString();
        async Task<string> Throughput() => (await Table(wire))["ProvisionedThroughput"]!.ToJsonString();
        static string Told(string times, int decreases, int units) => $$"""{{{times}}"NumberOfDecreasesToday":{{decreases}},"ReadCapacityUnits":{{units}},"WriteCapacityUnits":{{units}}}""";
        static (string Status, int Units, int Decreases, int Warm) Index(JsonNode table)
        {
            var index = table["GlobalSecondaryIndexes"]![0]!;
            return ((string)index["IndexStatus"]!, (int)index["ProvisionedThroughput"]!["ReadCapacityUnits"]!, (int)index["ProvisionedThroughput"]!["NumberOfDecreasesToday"]!, (int)index["WarmThroughput"]!["ReadUnitsPerSecond"]!);
        }
    }

    [Fact]
    public async Task Throttling_allows_changes_only_as_often_as_AWS_does()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-10-09T00:21:34Z"));
        await using var wire = await DynamoDBWire.StartAsync(time, throttle: true);
        await wire.Call("CreateTable", $$"""{"TableName":"tab","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],{{Units(10)}}}""");
        for (var units = 9; units > 5; units--) await Change(Units(units));
        const string Decreases = "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. ";
        await Refused(Units(5), Decreases + "Number of decreases today: 4. Last decrease at Friday, October 9, 2026 at 12:21:34 AM Coordinated Universal Time. Next decrease can be made at Friday, October 9, 2026 at 1:21:34 AM Coordinated Universal Time");
        await Change(Units(7));
        time.Advance(TimeSpan.FromMinutes(61));
        await Change(Units(5));
        time.Advance(TimeSpan.FromHours(21.8));
        await Change(Units(4));
        await Refused(Units(3), Decreases + "Number of decreases today: 6. Last decrease at Friday, October 9, 2026 at 11:10:34 PM Coordinated Universal Time. Next decrease can be made at Saturday, October 10, 2026 at 12:00:00 AM Coordinated Universal Time");
        time.Advance(TimeSpan.FromMinutes(50));
        await Change(Units(3));

        const string Standard = "\"TableClass\":\"STANDARD\"", Infrequent = "\"TableClass\":\"STANDARD_INFREQUENT_ACCESS\"", Classes = "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).";
        await Change(Standard);
        await Change(Infrequent);
        await Change(Standard);
        await Refused(Infrequent, Classes);
        await Refused(Standard, Classes);
        time.Advance(TimeSpan.FromDays(31));
        await Change(Infrequent);

        const string On = "\"SSESpecification\":{\"Enabled\":true,\"SSEType\":\"KMS\"}";
        for (var i = 0; i < 4; i++) await Change(On);
        await Refused(On, "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at 2026-11-11T00:00:34.001Z. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. "
            + "Number of updates today: 4. Last change at 2026-11-10T00:00:34.001Z. Next changes can be made at 2026-11-10T06:00:34.001Z.");
        time.Advance(TimeSpan.FromHours(6.1));
        await Change(On);

        Task<JsonObject> Change(string members) => wire.Call("UpdateTable", $$"""{"TableName":"tab",{{members}}}""");
        Task Refused(string members, string message) => wire.Refuses("UpdateTable", $$"""{"TableName":"tab",{{members}}}""", message, "LimitExceededException");
    }

    [Fact]
    public async Task A_policy_of_the_table_lets_a_caller_in_and_keeps_one_out()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var root = new AwsJs(server);
        await root.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]}""")!);
        await root.Call("iam", "CreateUser", new { UserName = "guest" });
        var key = (await root.Call("iam", "CreateAccessKey", new { UserName = "guest" }))["AccessKey"]!;
        var guest = new AwsJs(server, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        const string Arn = "arn:aws:dynamodb:eu-west-2:123456789012:table/tab";
        Assert.Equal("AccessDeniedException", (await guest.Fails("dynamodb", "Scan", new { TableName = "tab" })).Code);
        Assert.Equal("PolicyNotFoundException", (await root.Fails("dynamodb", "GetResourcePolicy", new { ResourceArn = Arn })).Code);
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/guest"},"Action":"dynamodb:Scan","Resource":"{{Arn}}"}]}""";
        var put = await root.Call("dynamodb", "PutResourcePolicy", new { ResourceArn = Arn, Policy = policy });
        Assert.Equal(put["RevisionId"]!.ToString(), (await root.Call("dynamodb", "PutResourcePolicy", new { ResourceArn = Arn, Policy = policy }))["RevisionId"]!.ToString());
        await guest.Call("dynamodb", "Scan", new { TableName = "tab" });
        Assert.Equal("AccessDeniedException", (await guest.Fails("dynamodb", "DescribeTable", new { TableName = "tab" })).Code);
        Assert.Equal("PolicyNotFoundException", (await root.Fails("dynamodb", "PutResourcePolicy", new { ResourceArn = Arn, Policy = policy, ExpectedRevisionId = "1" })).Code);
        Assert.Equal("One or more parameter values were invalid: Invalid policy document: This policy contains invalid Json",
            (await root.Fails("dynamodb", "PutResourcePolicy", new { ResourceArn = Arn, Policy = "{" })).Text);
        await root.Call("dynamodb", "DeleteResourcePolicy", new { ResourceArn = Arn });
        Assert.Equal("AccessDeniedException", (await guest.Fails("dynamodb", "Scan", new { TableName = "tab" })).Code);
    }

    [Fact]
    public async Task Throttling_refuses_what_goes_beyond_the_throughput_and_its_burst()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Throttle = true, Time = time });
        using var sdk = new Amazon.DynamoDBv2.AmazonDynamoDBClient(server.AccessKeyId, server.SecretAccessKey,
            new Amazon.DynamoDBv2.AmazonDynamoDBConfig { ServiceURL = server.Endpoint.ToString(), AuthenticationRegion = server.Region, MaxErrorRetry = 0 });
        await sdk.CreateTableAsync("tab", [new("a", Amazon.DynamoDBv2.KeyType.HASH)], [new("a", Amazon.DynamoDBv2.ScalarAttributeType.S)], new(1, 1));
        for (var i = 0; i < 3; i++) await Put(100);
        var refused = await Assert.ThrowsAsync<Amazon.DynamoDBv2.Model.ProvisionedThroughputExceededException>(() => Put(1));
        Assert.StartsWith("The level of configured provisioned throughput for the table was exceeded.", refused.Message, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(2));
        await Put(1);
        for (var i = 0; i < 300; i++) await Get();
        await Assert.ThrowsAsync<Amazon.DynamoDBv2.Model.ProvisionedThroughputExceededException>(Get);

        Task Put(int kilobytes) => sdk.PutItemAsync("tab", new() { ["a"] = new(kilobytes == 1 ? "1" : "2"), ["b"] = new(new string('x', kilobytes * 1024 - 3)) });

        Task Get() => sdk.GetItemAsync("tab", new() { ["a"] = new("1") }, true);
    }

    [Fact]
    public async Task A_table_names_its_key_by_the_ARN_whatever_it_was_called()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(more: ""","SSESpecification":{"Enabled":true}""");
        var own = (await Table(wire))["SSEDescription"]!;
        Assert.Equal(("ENABLED", "KMS"), ((string)own["Status"]!, (string)own["SSEType"]!));
        Assert.StartsWith("arn:aws:kms:eu-west-2:123456789012:key/", (string)own["KMSMasterKeyArn"]!, StringComparison.Ordinal);

        var key = (await Kms("CreateKey", "{}"))["KeyMetadata"]!;
        var (id, arn) = ((string)key["KeyId"]!, (string)key["Arn"]!);
        await Kms("CreateAlias", $$"""{"AliasName":"alias/tables","TargetKeyId":"{{id}}"}""");
        foreach (var name in (string[])["alias/tables", id])
        {
            var answer = (await Encrypt(name))["TableDescription"]!;
            Assert.Equal(("ACTIVE", "UPDATING"), ((string)answer["TableStatus"]!, (string)answer["SSEDescription"]!["Status"]!));
            if (name != id) Assert.Equal((string)own["KMSMasterKeyArn"]!, (string)answer["SSEDescription"]!["KMSMasterKeyArn"]!); // the old one still
            Assert.Equal($$"""{"Status":"ENABLED","SSEType":"KMS","KMSMasterKeyArn":"{{arn}}"}""", (await Table(wire))["SSEDescription"]!.ToJsonString());
        }

        await Fails(arn, "One or more parameter values were invalid: Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key");
        await Fails("alias/none", "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Alias arn:aws:kms:eu-west-2:123456789012:alias/none is not found. (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: ");
        var backup = (string)(await wire.Call("CreateBackup", """{"TableName":"tab","BackupName":"with-key"}"""))["BackupDetails"]!["BackupArn"]!;
        while ((string)(await wire.Call("DescribeBackup", $$"""{"BackupArn":"{{backup}}"}"""))["BackupDescription"]!["BackupDetails"]!["BackupStatus"]! == "CREATING") await Task.Yield();
        var restored = await wire.Call("RestoreTableFromBackup", $$$"""{"BackupArn":"{{{backup}}}","TargetTableName":"restored","SSESpecificationOverride":{"Enabled":true,"KMSMasterKeyId":"alias/tables","SSEType":"KMS"}}""");
        Assert.Equal(arn, (string)restored["TableDescription"]!["SSEDescription"]!["KMSMasterKeyArn"]!);
        await Kms("DisableKey", $$"""{"KeyId":"{{id}}"}""");
        await Fails(id, $"KMS key disabled error: com.amazonaws.services.kms.model.DisabledException: {arn} is disabled. (Service: AWSKMS;");
        await Encrypt("alias/aws/dynamodb");
        Assert.Equal(own.ToJsonString(), (await Table(wire))["SSEDescription"]!.ToJsonString());
        await wire.Call("UpdateTable", """{"TableName":"tab","SSESpecification":{"Enabled":false}}""");
        Assert.Null((await Table(wire))["SSEDescription"]);

        Task<JsonObject> Encrypt(string name) => wire.Call("UpdateTable", With(name));
        async Task Fails(string name, string message)
            => Assert.StartsWith(message, (string)(await wire.Fails("UpdateTable", With(name), "ValidationException"))["message"]!, StringComparison.Ordinal);
        static string With(string name) => $$$"""{"TableName":"tab","SSESpecification":{"Enabled":true,"SSEType":"KMS","KMSMasterKeyId":"{{{name}}}"}}""";
        async Task<JsonObject> Kms(string operation, string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, wire.Server.Endpoint) { Content = new StringContent(body) };
            request.Content.Headers.ContentType = new("application/x-amz-json-1.1");
            request.Headers.Add("X-Amz-Target", "TrentService." + operation);
            request.Headers.TryAddWithoutValidation("X-Amz-Date", "20260101T000000Z");
            request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-2/kms/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000");
            using var response = await wire.Http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
        }
    }

    private static string Units(int units) => $"\"ProvisionedThroughput\":{{\"ReadCapacityUnits\":{units},\"WriteCapacityUnits\":{units}}}";

    private static async Task<JsonObject> Table(DynamoDBWire wire) => (await wire.Call("DescribeTable", """{"TableName":"tab"}"""))["Table"]!.AsObject();
}
