using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>What a queue's attributes may be, and what they are. AWS: SetQueueAttributes. FIFO queues and KMS keys are refused by name.</summary>
internal sealed class QueueAttributes(Installation installation, IJudgeQueuePolicies policies, Arrivals arrivals)
{
    public const int LargestMessage = 1 << 20;

    private static readonly Dictionary<string, (int Least, int Most, int Default)> Numbers = new()
    {
        ["VisibilityTimeout"] = (0, 43200, 30),
        ["MaximumMessageSize"] = (1024, LargestMessage, LargestMessage),
        ["MessageRetentionPeriod"] = (60, 1209600, 345600),
        ["DelaySeconds"] = (0, 900, 0),
        ["ReceiveMessageWaitTimeSeconds"] = (0, 20, 0),
    };

    private static readonly string[] Counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];

    private static readonly HashSet<string> Known =
    [
        .. Numbers.Keys, .. Counts, "All", "Policy", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn", "RedrivePolicy", "RedriveAllowPolicy", "SqsManagedSseEnabled",
        "FifoQueue", "ContentBasedDeduplication", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "DeduplicationScope", "FifoThroughputLimit",
    ];

    /// <summary>The number that an attribute has in a queue.</summary>
    public static int Number(QueueRecord record, string name) => record.Attributes.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : Numbers[name].Default;

    public static RedrivePolicy? Redrive(QueueRecord record) => record.Attributes.TryGetValue("RedrivePolicy", out var policy) ? ReadRedrive(policy) : null;

    /// <summary>What an attribute is, set or not; null for one that is only there when it is set.</summary>
    public static string? Of(QueueRecord record, string name) => record.Attributes.TryGetValue(name, out var set) ? set
        : Numbers.TryGetValue(name, out var number) ? number.Default.ToString(CultureInfo.InvariantCulture)
        : name == "SqsManagedSseEnabled" ? "true" : null;

    public async ValueTask<GetQueueAttributesResponse> GetQueueAttributes(GetQueueAttributesRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        var names = request.AttributeNames ?? [];
        if (names.FirstOrDefault(name => !Known.Contains(name)) is { } unknown) throw Errors.UnknownAttribute(unknown);
        var all = names.Contains("All");
        var wanted = (all ? Known : names.Distinct()).ToList();
        var (record, counts) = await installation.Store.Read(async snapshot =>
            (await Queues.Get(snapshot, queue), wanted.Any(name => Counts.Contains(name)) ? await Messages.Count(snapshot, queue, installation.Now) : []));
        var found = new Dictionary<string, string>();
        foreach (var name in wanted)
            if (Array.IndexOf(Counts, name) is >= 0 and var at) found[name] = counts[at].ToString(CultureInfo.InvariantCulture);
            else if ((name switch
            {
                "QueueArn" => queue.Arn,
                "CreatedTimestamp" => record.Created.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                "LastModifiedTimestamp" => record.Modified.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                _ => Of(record, name),
            }) is { } value)
                found[name] = value;
        return new GetQueueAttributesResponse(found.Count > 0 ? found : null);
    }

    public async ValueTask<Empty> SetQueueAttributes(SetQueueAttributesRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        if (request.Attributes is not { Count: > 0 } given) throw Errors.Missing("Attribute.Name");
        Check(given);
        await Set(queue, given);
        return Empty.Value;
    }

    /// <summary>Changes those that are given; an empty text takes a policy away.</summary>
    public async ValueTask Set(QueueRef queue, IReadOnlyDictionary<string, string> given)
    {
        await installation.Store.Write(async transaction =>
        {
            var record = await Queues.Get(transaction, queue);
            await CheckTarget(transaction, queue, given);
            transaction.Put(Keys.Queue(queue), record with { Attributes = With(record.Attributes, given), Modified = installation.Now }, SqsJson.Default.QueueRecord);
        });
        arrivals.Tell(queue);
    }

    public static IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> given)
    {
        var after = new Dictionary<string, string>(before);
        foreach (var (name, value) in given)
            if (value.Length > 0) after[name] = Plain(name, value);
            else after.Remove(name);
        return after;

        // AWS tells numbers as numbers, also that of a redrive policy that was said as text.
        static string Plain(string name, string value) => Numbers.ContainsKey(name) ? int.Parse(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
            : name == "RedrivePolicy" ? Said(ReadRedrive(value)) : value;

        static string Said(RedrivePolicy redrive) => new JsonObject { ["deadLetterTargetArn"] = redrive.Target.Arn, ["maxReceiveCount"] = redrive.MaxReceiveCount }.ToJsonString();
    }

    /// <summary>Each value by itself.</summary>
    public void Check(IReadOnlyDictionary<string, string> given)
    {
        foreach (var (name, value) in given)
            switch (name)
            {
                case "FifoQueue" or "ContentBasedDeduplication" or "DeduplicationScope" or "FifoThroughputLimit":
                    throw name == "FifoQueue" && value == "true" ? Errors.Unsupported("FIFO queues") : Errors.UnknownAttribute(name);
                case "KmsMasterKeyId" when value.Length > 0:
                    throw Errors.Unsupported("a KMS key of a queue's own (KmsMasterKeyId)");
                case "KmsMasterKeyId":
                    break;
                case "KmsDataKeyReusePeriodSeconds":
                    if (!IsNumber(value, 60, 86400)) throw Errors.InvalidAttribute(name);
                    break;
                case "SqsManagedSseEnabled":
                    if (value is not ("true" or "false")) throw Errors.InvalidAttribute(name);
                    break;
                case "Policy":
                    if (value.Length > 0 && (Encoding.UTF8.GetByteCount(value) > 8192 || !policies.IsPolicy(value))) throw Errors.InvalidAttribute(name);
                    break;
                case "RedrivePolicy":
                    if (value.Length > 0) ReadRedrive(value);
                    break;
                case "RedriveAllowPolicy":
                    if (value.Length > 0) ReadAllowed(value);
                    break;
                default:
                    if (!Numbers.TryGetValue(name, out var number)) throw Errors.UnknownAttribute(name);
                    if (!IsNumber(value, number.Least, number.Most)) throw Errors.InvalidAttribute(name);
                    break;
            }
    }

    /// <summary>A dead-letter queue must be there, and take from this one.</summary>
    public static async ValueTask CheckTarget(ISnapshot snapshot, QueueRef queue, IReadOnlyDictionary<string, string> given)
    {
        if (!given.TryGetValue("RedrivePolicy", out var text) || text.Length == 0) return;
        var target = ReadRedrive(text).Target;
        if (target.Account != queue.Account || target.Region != queue.Region) throw Errors.InvalidValue(text, "RedrivePolicy", "Dead-letter target owner should be same as the source.");
        var record = target == queue ? null : await Queues.Find(snapshot, target);
        if (record is null && target != queue) throw Errors.InvalidValue(text, "RedrivePolicy", "Dead letter target does not exist.");
        if (record?.Attributes.TryGetValue("RedriveAllowPolicy", out var policy) != true) return;
        var (permission, sources) = ReadAllowed(policy!);
        if (permission == "denyAll" || permission == "byQueue" && !sources.Contains(queue.Arn)) throw Errors.InvalidValue(text, "RedrivePolicy", $"Queue {target.Arn} does not allow {queue.Arn} to use it as its dead-letter queue.");
    }

    private static bool IsNumber(string text, int least, int most) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;

    private static RedrivePolicy ReadRedrive(string text)
    {
        var map = Map(text) ?? throw Errors.InvalidValue(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.");
        foreach (var name in (string[])["deadLetterTargetArn", "maxReceiveCount"])
            if (map[name] is null) throw Errors.InvalidValue(text, "RedrivePolicy", $"Redrive policy does not contain mandatory attribute: {name}.");
        if (map.FirstOrDefault(member => member.Key is not ("deadLetterTargetArn" or "maxReceiveCount")).Key is { } other) throw Errors.InvalidValue(text, "RedrivePolicy", $"Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount], not {other}.");
        if (!QueueRef.TryParse(Scalar(map["deadLetterTargetArn"]), out var target)) throw Errors.InvalidValue(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.");
        var count = Scalar(map["maxReceiveCount"]);
        if (!IsNumber(count, 1, 1000)) throw Errors.InvalidValue(text, "RedrivePolicy", $"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive.");
        return new RedrivePolicy(target, int.Parse(count, CultureInfo.InvariantCulture));
    }

    private static (string Permission, IReadOnlyList<string> Sources) ReadAllowed(string text)
    {
        var map = Map(text) ?? throw Errors.InvalidValue(text, "RedriveAllowPolicy", "Redrive allow policy is not a valid JSON map.");
        var permission = Scalar(map["redrivePermission"]);
        if (permission is not ("allowAll" or "denyAll" or "byQueue")) throw Errors.InvalidValue(text, "RedriveAllowPolicy", "redrivePermission must be one of: allowAll, denyAll, byQueue.");
        var sources = map["sourceQueueArns"] as JsonArray;
        if (permission == "byQueue" ? sources is not { Count: > 0 and <= 10 } || !sources.All(source => QueueRef.TryParse(Scalar(source), out _)) : sources is not null)
            throw Errors.InvalidValue(text, "RedriveAllowPolicy", "sourceQueueArns holds 1 to 10 ARNs of queues with byQueue, and is absent otherwise.");
        return (permission, [.. (sources ?? []).Select(Scalar)]);
    }

    private static JsonObject? Map(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (Exception e) when (e is JsonException or ArgumentException) // the second for a name that comes twice
        {
            return null;
        }
    }

    private static string Scalar(JsonNode? node) => node is JsonValue value ? value.ToString() : "";
}
