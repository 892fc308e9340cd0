import { join } from 'node:path';
import { when } from '../real/questions';
import type { Client } from './client';

const PROGRAM = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/opsgenie/opsgenie-go-sdk-v2/alert"
	"github.com/opsgenie/opsgenie-go-sdk-v2/client"
	"github.com/opsgenie/opsgenie-go-sdk-v2/heartbeat"
	"github.com/sirupsen/logrus"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	return value
}

func main() {
	ctx := context.Background()
	config := &client.Config{OpsGenieAPIURL: client.ApiUrl(os.Args[1]), ApiKey: os.Args[2], LogLevel: logrus.ErrorLevel}
	alerts := must(alert.NewClient(config))
	if os.Args[3] == "close" {
		request := &alert.CloseAlertRequest{IdentifierType: alert.ALIAS, IdentifierValue: "go-disk", User: "maria"}
		fmt.Println(must(alerts.Close(ctx, request)).Result)
		return
	}
	made := must(alerts.Create(ctx, &alert.CreateAlertRequest{
		Message: "Disk full (go)", Alias: "go-disk", Entity: "og-go", Priority: alert.P2,
		Tags: []string{"prod"}, Details: map[string]string{"rack": "7"},
	}))
	fmt.Println(made.Result, must(made.RetrieveStatus(ctx)).IsSuccess)
	one := must(alerts.Get(ctx, &alert.GetAlertRequest{IdentifierType: alert.ALIAS, IdentifierValue: "go-disk"}))
	fmt.Println(one.Priority, one.Status, one.Details["rack"])
	listed := must(alerts.List(ctx, &alert.ListAlertRequest{Limit: 10, Query: "status: open"}))
	fmt.Println("listed", len(listed.Alerts))
	beats := must(heartbeat.NewClient(config))
	must(beats.Add(ctx, &heartbeat.AddRequest{Name: "nightly", Interval: 1, IntervalUnit: heartbeat.Days}))
	fmt.Println(must(beats.Ping(ctx, "nightly")).Message)
}
`;

export const opsgenieGo: Client = {
  name: 'opsgenie-go-sdk-v2 1.2.23 (Go)',
  needs: { from: 'goProgram', package: 'github.com/opsgenie/opsgenie-go-sdk-v2@v1.2.23', program: PROGRAM },
  async run({ url, folder, integration, check, questions, execute }) {
    const { key } = await integration('opsgenie', 'og go');
    // The library uses http for hosts other than the vendor's.
    const run = (act: string) => execute(join(folder, 'client'), [new URL(url).host, key, act]);
    const printed = await run('create');
    await check('opsgenie-go-sdk-v2 creates, polls its request, reads, lists and pings', async () => {
      const parts = ['Request will be processed true', 'P2 open 7', 'listed 1', 'PONG'];
      return when(parts.every((part) => printed.includes(part)));
    });
    await check('its alert opens an incident of high severity', async () => {
      const [one] = await questions.incidents('og-go');
      return when(one?.severity === 'high' && one.title.includes('Disk full (go)'));
    });
    await run('close');
    await check('its close ends the incident', async () =>
      when((await questions.incidents('og-go')).every(({ status }) => status === 'resolved')),
    );
  },
};
