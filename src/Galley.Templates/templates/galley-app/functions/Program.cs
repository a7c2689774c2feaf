using Amazon.DynamoDBv2;
using Galley.Functions;
using GalleyApp;

// One native program, as many functions as there are names: the Handler setting of each says which one runs.
var notes = new Notes(new AmazonDynamoDBClient(), Environment.GetEnvironmentVariable("TABLE") ?? "");
await Function.Run(new Dictionary<string, RawHandler>
{
    ["ListNotes"] = Function.Handler<HttpApiRequest, HttpApiResponse>((request, _) => notes.List(request), HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse),
    ["AddNote"] = Function.Handler<HttpApiRequest, HttpApiResponse>((request, _) => notes.Add(request), HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse),
});
