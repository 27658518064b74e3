import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackFromJar } from '@ticketing/testing/local-server/maven';
import { runIn, type Client } from './client.ts';

const OAPI_CODEGEN = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';
const OPENAPI_GENERATOR = { group: 'org.openapitools', name: 'openapi-generator-cli', version: '7.14.0' };

/** A Go that is newer than the one at hand is not fetched. */
const GO = { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };

export const goByOapiCodegen: Client = {
  name: 'Go, by oapi-codegen',
  needs: ['go'],
  build: async (document, folder, signal) => {
    await startModule(folder, signal);
    const options = ['-generate', 'types,client', '-package', 'main', '-o', 'client.go'];
    await runIn(folder, ['go', 'run', OAPI_CODEGEN, ...options, document], { signal, env: GO });
    await writeFile(join(folder, 'main.go'), OAPI_CODEGEN_USAGE);
    await compile(folder, signal);
  },
};

/** Gives every model a constructor, so that names collide sooner than with others. */
export const goByOpenapiGenerator: Client = {
  name: 'Go, by openapi-generator',
  needs: ['go', 'java', 'mvn'],
  build: async (document, folder, signal) => {
    const generator = join(folder, 'generator');
    await unpackFromJar(OPENAPI_GENERATOR, '**', generator);
    const client = join(folder, 'client');
    await mkdir(client);
    await startModule(client, signal);
    const options = [
      '-g',
      'go',
      '--additional-properties=packageName=main,withGoMod=false',
      '--global-property=models,supportingFiles,apis,modelTests=false,apiTests=false',
    ];
    const main = 'org.openapitools.codegen.OpenAPIGenerator';
    await runIn(folder, ['java', '-cp', generator, main, 'generate', ...options, '-i', document, '-o', client], {
      signal,
    });
    await writeFile(join(client, 'main.go'), OPENAPI_GENERATOR_USAGE);
    await compile(client, signal);
  },
};

async function startModule(folder: string, signal: AbortSignal): Promise<void> {
  await runIn(folder, ['go', 'mod', 'init', 'example.com/client'], { signal, env: GO });
}

async function compile(folder: string, signal: AbortSignal): Promise<void> {
  await runIn(folder, ['go', 'mod', 'tidy'], { signal, env: GO });
  await runIn(folder, ['go', 'vet', './...'], { signal, env: GO });
}

const OAPI_CODEGEN_USAGE = `package main

import (
	"context"
	"time"
)

func main() {
	client, err := NewClientWithResponses("http://localhost:3000")
	if err != nil {
		panic(err)
	}
	event := CreateEventRequest{
		Title:       "Night of the Proms",
		Venue:       "Musikverein, Vienna",
		StartsAt:    time.Now().AddDate(1, 0, 0),
		EndsAt:      time.Now().AddDate(1, 0, 1),
		Currency:    "EUR",
		TicketTypes: []CreateTicketTypeRequest{{Name: "Standing", Price: 4500, Capacity: 500}},
	}
	created, err := client.CreateEventWithResponse(context.Background(), event)
	if err != nil {
		panic(err)
	}
	println(created.JSON201.Title)
}
`;

const OPENAPI_GENERATOR_USAGE = `package main

import (
	"context"
	"time"
)

func main() {
	client := NewAPIClient(NewConfiguration())
	ticketType := NewCreateTicketTypeRequest("Standing", 4500, 500)
	event := NewCreateEventRequest("Night of the Proms", "Musikverein, Vienna", time.Now(), time.Now(), "EUR", []CreateTicketTypeRequest{*ticketType})
	created, _, err := client.EventsAPI.CreateEvent(context.Background()).CreateEventRequest(*event).Execute()
	if err != nil {
		panic(err)
	}
	println(created.Title)
}
`;
