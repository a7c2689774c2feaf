using System.Globalization;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.S3.Resources;

/// <summary>`LifecycleConfiguration` and `NotificationConfiguration` of `AWS::S3::Bucket`, which name things otherwise than the API does.</summary>
internal static class RuleProperties
{
    private const string Type = "AWS::S3::Bucket";

    public static List<LifecycleRule>? Lifecycle(JsonObject? configuration, Func<string> newId)
    {
        if (configuration is null) return null;
        if (configuration.Only(Type, "Rules", "TransitionDefaultMinimumObjectSize").Text("TransitionDefaultMinimumObjectSize") is { } minimum and not "all_storage_classes_128K")
            throw Properties.Refused(Type, $"TransitionDefaultMinimumObjectSize {minimum}");
        return LifecycleRules.Check([.. configuration.Objects("Rules").Select(rule => Rule(rule, newId))]);
    }

    public static List<Notification> Notifications(JsonObject? configuration)
        => [.. configuration?.Only(Type, "LambdaConfigurations").Objects("LambdaConfigurations").Select(Notification) ?? []];

    private static LifecycleRule Rule(JsonObject rule, Func<string> newId)
    {
        rule.Only(
            Type, "Id", "Status", "Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "ExpirationInDays", "ExpirationDate", "ExpiredObjectDeleteMarker",
            "NoncurrentVersionExpirationInDays", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "Transition", "Transitions", "NoncurrentVersionTransition", "NoncurrentVersionTransitions");
        if (rule.Text("Status") is not ("Enabled" or "Disabled")) throw new AwsError("ValidationError", "Status of a lifecycle rule must be Enabled or Disabled");
        var noncurrent = rule.Object("NoncurrentVersionExpiration")?.Only(Type, "NoncurrentDays", "NewerNoncurrentVersions");
        var tags = rule.Objects("TagFilters").Select(tag => new Tag(tag.Only(Type, "Key", "Value").Text("Key") ?? "", tag.Text("Value") ?? "")).ToList();
        long? larger = Size(rule, "ObjectSizeGreaterThan"), smaller = Size(rule, "ObjectSizeLessThan");
        var filters = tags.Count + (larger is null ? 0 : 1) + (smaller is null ? 0 : 1) + (rule.Text("Prefix") is null ? 0 : 1);
        return new(rule.Text("Id") is { Length: > 0 } id ? id : newId(), rule.Text("Status") == "Enabled", rule.Text("Prefix") ?? (filters == 0 ? "" : null), false, tags, larger, smaller)
        {
            And = filters > 1,
            Days = rule.Number("ExpirationInDays"),
            Date = Date(rule, "ExpirationDate"),
            ExpiredMarkers = rule.Flag("ExpiredObjectDeleteMarker"),
            NoncurrentDays = noncurrent?.Number("NoncurrentDays") ?? rule.Number("NoncurrentVersionExpirationInDays"),
            NewerNoncurrent = noncurrent?.Number("NewerNoncurrentVersions"),
            AbortDays = rule.Object("AbortIncompleteMultipartUpload")?.Only(Type, "DaysAfterInitiation").Number("DaysAfterInitiation"),
            Transitions = Moves(rule, "Transition"),
            NoncurrentTransitions = Moves(rule, "NoncurrentVersionTransition"),
        };
    }

    private static List<Transition>? Moves(JsonObject rule, string name)
    {
        var moves = (rule.Object(name) is { } one ? [one] : Array.Empty<JsonObject>()).Concat(rule.Objects(name + "s"))
            .Select(move => new Transition(
                move.Only(Type, "StorageClass", "TransitionInDays", "TransitionDate", "NewerNoncurrentVersions").Number("TransitionInDays"), Date(move, "TransitionDate"),
                move.Number("NewerNoncurrentVersions"), move.Text("StorageClass") ?? "")).ToList();
        return moves.Count > 0 ? moves : null;
    }

    private static Notification Notification(JsonObject configuration)
    {
        configuration.Only(Type, "Event", "Function", "Filter");
        string? prefix = null, suffix = null;
        foreach (var rule in configuration.Object("Filter")?.Only(Type, "S3Key").Object("S3Key")?.Only(Type, "Rules").Objects("Rules") ?? [])
            switch (rule.Only(Type, "Name", "Value").Text("Name")?.ToLowerInvariant())
            {
                case "prefix":
                    prefix = rule.Text("Value");
                    break;
                case "suffix":
                    suffix = rule.Text("Value");
                    break;
                default: throw Errors.InvalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name", rule.Text("Name"));
            }

        return new("", configuration.Text("Function") ?? "", [configuration.Text("Event") ?? ""], prefix, suffix);
    }

    private static long? Size(JsonObject rule, string name) => rule.Text(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new AwsError("ValidationError", $"Value of property {name} must be a number");

    private static DateTimeOffset? Date(JsonObject rule, string name) => rule.Text(name) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
            ? date : throw new AwsError("ValidationError", $"Value of property {name} must be a date");
}
