using System.Xml.Linq;
using Galley.Wire;

namespace Galley.S3.Events;

/// <summary>PutBucketNotificationConfiguration and its reading: functions are the destinations there are; topics, queues and EventBridge are refused.</summary>
internal sealed class Notifications(Settings settings, Outbox outbox, Installation installation)
{
    public async ValueTask<Reply> PutBucketNotificationConfiguration(S3Request request, Call call)
    {
        await settings.Get(request, call);
        var root = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "NotificationConfiguration").Only("CloudFunctionConfiguration");
        var wanted = root.Elements().Select(Read).ToList();
        await Set(request.Bucket, call, wanted, validate: request.Header("x-amz-skip-destination-validation")?.Equals("true", StringComparison.OrdinalIgnoreCase) != true);
        return new Reply();
    }

    public async ValueTask<Reply> GetBucketNotificationConfiguration(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        return S3Xml.Answer("NotificationConfiguration", writer =>
        {
            foreach (var one in bucket.Notifications ?? [])
                writer.Element("CloudFunctionConfiguration", () =>
                {
                    writer.Element("Id", one.Id);
                    writer.Element("CloudFunction", one.FunctionArn);
                    foreach (var name in one.Events) writer.Element("Event", name);
                    if (one.Prefix is null && one.Suffix is null) return;
                    writer.Element("Filter", () => writer.Element("S3Key", () =>
                    {
                        Rule("Prefix", one.Prefix);
                        Rule("Suffix", one.Suffix);
                    }));

                    void Rule(string name, string? value)
                    {
                        if (value is not null)
                            writer.Element("FilterRule", () =>
                            {
                                writer.Element("Name", name);
                                writer.Element("Value", value);
                            });
                    }
                });
        });
    }

    /// <summary>Checks and keeps; every function must be there and let the bucket invoke it, as AWS tests it.</summary>
    public async ValueTask<BucketRecord> Set(string name, Call call, List<Notification> wanted, bool validate)
    {
        wanted = [.. wanted.Select(one => one.Id.Length > 0 ? one : one with { Id = installation.Ids.Uuid() })];
        if (wanted.DistinctBy(one => one.Id).Count() != wanted.Count) throw Errors.InvalidArgument("Same ID used for multiple configurations. IDs must be unique");
        foreach (var one in wanted)
        {
            if (one.Events.Count == 0) throw Errors.MalformedXml();
            foreach (var eventName in one.Events) EventNames.Check(eventName);
            if (!one.FunctionArn.StartsWith("arn:aws:lambda:", StringComparison.Ordinal)) throw Errors.InvalidArgument("The ARN could not be parsed", "CloudFunction", one.FunctionArn);
        }

        for (var a = 0; a < wanted.Count; a++)
            for (var b = a + 1; b < wanted.Count; b++)
                if (EventNames.Overlap(wanted[a], wanted[b]))
                    throw Errors.InvalidArgument("Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.");
        foreach (var one in wanted)
            if (validate && !await outbox.Allows(one.FunctionArn, "arn:aws:s3:::" + name))
            {
                call.Trail.Add("notification", false, $"{one.FunctionArn} is not there or its policy does not let s3.amazonaws.com invoke it for {name}");
                throw Errors.InvalidArgument("Unable to validate the following destination configurations", one.FunctionArn, "Not authorized to invoke function [" + one.FunctionArn + "]");
            }

        return await settings.Change(name, call, bucket => bucket with { Notifications = wanted.Count == 0 ? null : wanted });
    }

    private static Notification Read(XElement configuration)
    {
        configuration.Only("Id", "CloudFunction", "Event", "Filter");
        string? prefix = null, suffix = null;
        foreach (var rule in configuration.Child("Filter")?.Only("S3Key").Child("S3Key")?.Only("FilterRule").Elements() ?? [])
        {
            var (name, value) = (rule.ChildText("Name")?.ToLowerInvariant(), rule.ChildText("Value") ?? "");
            if (name is not ("prefix" or "suffix")) throw Errors.InvalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", rule.ChildText("Name"));
            if ((name == "prefix" ? prefix : suffix) is not null) throw Errors.InvalidArgument($"Cannot specify more than one {name} rule in a filter.", "FilterRule.Name", name);
            if (name == "prefix") prefix = value;
            else suffix = value;
        }

        return new(configuration.ChildText("Id") ?? "", configuration.ChildText("CloudFunction") ?? throw Errors.MalformedXml(), [.. configuration.Children("Event").Select(one => one.Value)], prefix, suffix);
    }
}
