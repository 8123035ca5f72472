import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace rdu. */
export namespace rdu {

    /** Namespace pef. */
    namespace pef {

        /**
         * Properties of a Directory.
         * @deprecated Use rdu.pef.Directory.$Properties instead.
         */
        interface IDirectory extends rdu.pef.Directory.$Properties {
        }

        /** Represents a Directory. */
        class Directory {

            /**
             * Constructs a new Directory.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Directory.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Directory provenance. */
            provenance?: (rdu.pef.Provenance.$Properties|null);

            /** Directory chip. */
            chip?: (rdu.pef.Chip.$Properties|null);

            /** Directory strings. */
            strings: string[];

            /** Directory literals. */
            literals: rdu.pef.Literal.$Properties[];

            /** Directory immediates. */
            immediates: rdu.pef.Immediate.$Properties[];

            /** Directory origins. */
            origins: rdu.pef.Names.$Properties[];

            /** Directory flowName. */
            flowName: string;

            /** Directory symbols. */
            symbols: rdu.pef.Symbol.$Properties[];

            /** Directory bodies. */
            bodies: rdu.pef.Body.$Properties[];

            /** Directory sections. */
            sections: rdu.pef.Section.$Properties[];

            /** Directory schedule. */
            schedule: rdu.pef.Call.$Properties[];

            /** Directory inputs. */
            inputs: rdu.pef.Binding.$Properties[];

            /** Directory outputs. */
            outputs: rdu.pef.Binding.$Properties[];

            /** Directory ledger. */
            ledger: rdu.pef.Decision.$Properties[];

            /** Directory placementChip. */
            placementChip: number;

            /** Directory placementSeed. */
            placementSeed: number;

            /** Directory placed. */
            placed: number[];

            /**
             * Encodes the specified Directory message. Does not implicitly {@link rdu.pef.Directory.verify|verify} messages.
             * @param message Directory message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Directory.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Directory message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Directory & rdu.pef.Directory.$Shape} Directory
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Directory & rdu.pef.Directory.$Shape;
        }

        namespace Directory {

            /** Properties of a Directory. */
            interface $Properties {

                /** Directory provenance */
                provenance?: (rdu.pef.Provenance.$Properties|null);

                /** Directory chip */
                chip?: (rdu.pef.Chip.$Properties|null);

                /** Directory strings */
                strings?: (string[]|null);

                /** Directory literals */
                literals?: (rdu.pef.Literal.$Properties[]|null);

                /** Directory immediates */
                immediates?: (rdu.pef.Immediate.$Properties[]|null);

                /** Directory origins */
                origins?: (rdu.pef.Names.$Properties[]|null);

                /** Directory flowName */
                flowName?: (string|null);

                /** Directory symbols */
                symbols?: (rdu.pef.Symbol.$Properties[]|null);

                /** Directory bodies */
                bodies?: (rdu.pef.Body.$Properties[]|null);

                /** Directory sections */
                sections?: (rdu.pef.Section.$Properties[]|null);

                /** Directory schedule */
                schedule?: (rdu.pef.Call.$Properties[]|null);

                /** Directory inputs */
                inputs?: (rdu.pef.Binding.$Properties[]|null);

                /** Directory outputs */
                outputs?: (rdu.pef.Binding.$Properties[]|null);

                /** Directory ledger */
                ledger?: (rdu.pef.Decision.$Properties[]|null);

                /** Directory placementChip */
                placementChip?: (number|null);

                /** Directory placementSeed */
                placementSeed?: (number|null);

                /** Directory placed */
                placed?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Directory. */
            type $Shape = {
              provenance?: rdu.pef.Provenance.$Shape|null;
              chip?: rdu.pef.Chip.$Shape|null;
              strings?: string[]|null;
              literals?: rdu.pef.Literal.$Shape[]|null;
              immediates?: rdu.pef.Immediate.$Shape[]|null;
              origins?: rdu.pef.Names.$Shape[]|null;
              flowName?: string|null;
              symbols?: rdu.pef.Symbol.$Shape[]|null;
              bodies?: rdu.pef.Body.$Shape[]|null;
              sections?: rdu.pef.Section.$Shape[]|null;
              schedule?: rdu.pef.Call.$Shape[]|null;
              inputs?: rdu.pef.Binding.$Shape[]|null;
              outputs?: rdu.pef.Binding.$Shape[]|null;
              ledger?: rdu.pef.Decision.$Shape[]|null;
              placementChip?: number|null;
              placementSeed?: number|null;
              placed?: number[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Provenance.
         * @deprecated Use rdu.pef.Provenance.$Properties instead.
         */
        interface IProvenance extends rdu.pef.Provenance.$Properties {
        }

        /** Represents a Provenance. */
        class Provenance {

            /**
             * Constructs a new Provenance.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Provenance.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Provenance tool. */
            tool: string;

            /** Provenance version. */
            version: string;

            /** Provenance source. */
            source: string;

            /** Provenance sourceDigest. */
            sourceDigest: string;

            /** Provenance options. */
            options: rdu.pef.Option.$Properties[];

            /** Provenance levels. */
            levels: rdu.pef.Option.$Properties[];

            /**
             * Encodes the specified Provenance message. Does not implicitly {@link rdu.pef.Provenance.verify|verify} messages.
             * @param message Provenance message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Provenance.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Provenance message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Provenance & rdu.pef.Provenance.$Shape} Provenance
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Provenance & rdu.pef.Provenance.$Shape;
        }

        namespace Provenance {

            /** Properties of a Provenance. */
            interface $Properties {

                /** Provenance tool */
                tool?: (string|null);

                /** Provenance version */
                version?: (string|null);

                /** Provenance source */
                source?: (string|null);

                /** Provenance sourceDigest */
                sourceDigest?: (string|null);

                /** Provenance options */
                options?: (rdu.pef.Option.$Properties[]|null);

                /** Provenance levels */
                levels?: (rdu.pef.Option.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Provenance. */
            type $Shape = rdu.pef.Provenance.$Properties;
        }

        /**
         * Properties of an Option.
         * @deprecated Use rdu.pef.Option.$Properties instead.
         */
        interface IOption extends rdu.pef.Option.$Properties {
        }

        /** Represents an Option. */
        class Option {

            /**
             * Constructs a new Option.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Option.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Option key. */
            key: string;

            /** Option value. */
            value: string;

            /**
             * Encodes the specified Option message. Does not implicitly {@link rdu.pef.Option.verify|verify} messages.
             * @param message Option message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Option.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Option message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Option & rdu.pef.Option.$Shape} Option
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Option & rdu.pef.Option.$Shape;
        }

        namespace Option {

            /** Properties of an Option. */
            interface $Properties {

                /** Option key */
                key?: (string|null);

                /** Option value */
                value?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Option. */
            type $Shape = rdu.pef.Option.$Properties;
        }

        /**
         * Properties of a Chip.
         * @deprecated Use rdu.pef.Chip.$Properties instead.
         */
        interface IChip extends rdu.pef.Chip.$Properties {
        }

        /** Represents a Chip. */
        class Chip {

            /**
             * Constructs a new Chip.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Chip.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Chip name. */
            name: string;

            /** Chip parameters. */
            parameters: rdu.pef.Parameter.$Properties[];

            /**
             * Encodes the specified Chip message. Does not implicitly {@link rdu.pef.Chip.verify|verify} messages.
             * @param message Chip message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Chip.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Chip message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Chip & rdu.pef.Chip.$Shape} Chip
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Chip & rdu.pef.Chip.$Shape;
        }

        namespace Chip {

            /** Properties of a Chip. */
            interface $Properties {

                /** Chip name */
                name?: (string|null);

                /** Chip parameters */
                parameters?: (rdu.pef.Parameter.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Chip. */
            type $Shape = rdu.pef.Chip.$Properties;
        }

        /**
         * Properties of a Parameter.
         * @deprecated Use rdu.pef.Parameter.$Properties instead.
         */
        interface IParameter extends rdu.pef.Parameter.$Properties {
        }

        /** Represents a Parameter. */
        class Parameter {

            /**
             * Constructs a new Parameter.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Parameter.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Parameter path. */
            path: string;

            /** Parameter value. */
            value: number;

            /** Parameter confidence. */
            confidence: string;

            /** Parameter source. */
            source: string;

            /**
             * Encodes the specified Parameter message. Does not implicitly {@link rdu.pef.Parameter.verify|verify} messages.
             * @param message Parameter message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Parameter.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Parameter message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Parameter & rdu.pef.Parameter.$Shape} Parameter
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Parameter & rdu.pef.Parameter.$Shape;
        }

        namespace Parameter {

            /** Properties of a Parameter. */
            interface $Properties {

                /** Parameter path */
                path?: (string|null);

                /** Parameter value */
                value?: (number|null);

                /** Parameter confidence */
                confidence?: (string|null);

                /** Parameter source */
                source?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Parameter. */
            type $Shape = rdu.pef.Parameter.$Properties;
        }

        /**
         * Properties of a Literal.
         * @deprecated Use rdu.pef.Literal.$Properties instead.
         */
        interface ILiteral extends rdu.pef.Literal.$Properties {
        }

        /** Represents a Literal. */
        class Literal {

            /**
             * Constructs a new Literal.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Literal.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Literal number. */
            number?: (number|null);

            /** Literal integer. */
            integer?: (string|null);

            /** Literal value. */
            value?: ("number"|"integer");

            /**
             * Encodes the specified Literal message. Does not implicitly {@link rdu.pef.Literal.verify|verify} messages.
             * @param message Literal message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Literal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Literal message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Literal & rdu.pef.Literal.$Shape} Literal
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Literal & rdu.pef.Literal.$Shape;
        }

        namespace Literal {

            /** Properties of a Literal. */
            interface $Properties {

                /** Literal number */
                number?: (number|null);

                /** Literal integer */
                integer?: (string|null);

                /** Literal value */
                value?: ("number"|"integer");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Literal. */
            type $Shape = {
              number?: number|null;
              integer?: string|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ value?: undefined; number?: null; integer?: null }|{ value?: "number"; number: number; integer?: null }|{ value?: "integer"; number?: null; integer: string })
            );
        }

        /**
         * Properties of an Immediate.
         * @deprecated Use rdu.pef.Immediate.$Properties instead.
         */
        interface IImmediate extends rdu.pef.Immediate.$Properties {
        }

        /** Represents an Immediate. */
        class Immediate {

            /**
             * Constructs a new Immediate.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Immediate.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Immediate type. */
            type: number;

            /** Immediate literal. */
            literal: number;

            /**
             * Encodes the specified Immediate message. Does not implicitly {@link rdu.pef.Immediate.verify|verify} messages.
             * @param message Immediate message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Immediate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Immediate message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Immediate & rdu.pef.Immediate.$Shape} Immediate
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Immediate & rdu.pef.Immediate.$Shape;
        }

        namespace Immediate {

            /** Properties of an Immediate. */
            interface $Properties {

                /** Immediate type */
                type?: (number|null);

                /** Immediate literal */
                literal?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Immediate. */
            type $Shape = rdu.pef.Immediate.$Properties;
        }

        /**
         * Properties of a Names.
         * @deprecated Use rdu.pef.Names.$Properties instead.
         */
        interface INames extends rdu.pef.Names.$Properties {
        }

        /** Represents a Names. */
        class Names {

            /**
             * Constructs a new Names.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Names.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Names strings. */
            strings: number[];

            /**
             * Encodes the specified Names message. Does not implicitly {@link rdu.pef.Names.verify|verify} messages.
             * @param message Names message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Names.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Names message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Names & rdu.pef.Names.$Shape} Names
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Names & rdu.pef.Names.$Shape;
        }

        namespace Names {

            /** Properties of a Names. */
            interface $Properties {

                /** Names strings */
                strings?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Names. */
            type $Shape = rdu.pef.Names.$Properties;
        }

        /**
         * Properties of a Symbol.
         * @deprecated Use rdu.pef.Symbol.$Properties instead.
         */
        interface ISymbol extends rdu.pef.Symbol.$Properties {
        }

        /** Represents a Symbol. */
        class Symbol {

            /**
             * Constructs a new Symbol.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Symbol.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Symbol name. */
            name: string;

            /** Symbol dtype. */
            dtype: number;

            /** Symbol role. */
            role: number;

            /** Symbol tier. */
            tier: number;

            /** Symbol shapeRow. */
            shapeRow: number;

            /** Symbol alias. */
            alias: number;

            /** Symbol address. */
            address?: (number|Long|null);

            /** Symbol segment. */
            segment: number;

            /** Symbol file. */
            file?: (rdu.pef.WeightFile.$Properties|null);

            /**
             * Encodes the specified Symbol message. Does not implicitly {@link rdu.pef.Symbol.verify|verify} messages.
             * @param message Symbol message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Symbol.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Symbol message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Symbol & rdu.pef.Symbol.$Shape} Symbol
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Symbol & rdu.pef.Symbol.$Shape;
        }

        namespace Symbol {

            /** Properties of a Symbol. */
            interface $Properties {

                /** Symbol name */
                name?: (string|null);

                /** Symbol dtype */
                dtype?: (number|null);

                /** Symbol role */
                role?: (number|null);

                /** Symbol tier */
                tier?: (number|null);

                /** Symbol shapeRow */
                shapeRow?: (number|null);

                /** Symbol alias */
                alias?: (number|null);

                /** Symbol address */
                address?: (number|Long|null);

                /** Symbol segment */
                segment?: (number|null);

                /** Symbol file */
                file?: (rdu.pef.WeightFile.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Symbol. */
            type $Shape = rdu.pef.Symbol.$Properties;
        }

        /**
         * Properties of a WeightFile.
         * @deprecated Use rdu.pef.WeightFile.$Properties instead.
         */
        interface IWeightFile extends rdu.pef.WeightFile.$Properties {
        }

        /** Represents a WeightFile. */
        class WeightFile {

            /**
             * Constructs a new WeightFile.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.WeightFile.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** WeightFile location. */
            location: string;

            /** WeightFile offset. */
            offset: (number|Long);

            /** WeightFile length. */
            length: (number|Long);

            /** WeightFile digest. */
            digest: string;

            /**
             * Encodes the specified WeightFile message. Does not implicitly {@link rdu.pef.WeightFile.verify|verify} messages.
             * @param message WeightFile message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.WeightFile.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a WeightFile message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.WeightFile & rdu.pef.WeightFile.$Shape} WeightFile
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.WeightFile & rdu.pef.WeightFile.$Shape;
        }

        namespace WeightFile {

            /** Properties of a WeightFile. */
            interface $Properties {

                /** WeightFile location */
                location?: (string|null);

                /** WeightFile offset */
                offset?: (number|Long|null);

                /** WeightFile length */
                length?: (number|Long|null);

                /** WeightFile digest */
                digest?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a WeightFile. */
            type $Shape = rdu.pef.WeightFile.$Properties;
        }

        /**
         * Properties of a Section.
         * @deprecated Use rdu.pef.Section.$Properties instead.
         */
        interface ISection extends rdu.pef.Section.$Properties {
        }

        /** Represents a Section. */
        class Section {

            /**
             * Constructs a new Section.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Section.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Section name. */
            name: string;

            /** Section units. */
            units: rdu.pef.Unit.$Properties[];

            /** Section streams. */
            streams: rdu.pef.Stream.$Properties[];

            /** Section siteRows. */
            siteRows: number[];

            /** Section routeRows. */
            routeRows: number[];

            /**
             * Encodes the specified Section message. Does not implicitly {@link rdu.pef.Section.verify|verify} messages.
             * @param message Section message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Section.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Section message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Section & rdu.pef.Section.$Shape} Section
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Section & rdu.pef.Section.$Shape;
        }

        namespace Section {

            /** Properties of a Section. */
            interface $Properties {

                /** Section name */
                name?: (string|null);

                /** Section units */
                units?: (rdu.pef.Unit.$Properties[]|null);

                /** Section streams */
                streams?: (rdu.pef.Stream.$Properties[]|null);

                /** Section siteRows */
                siteRows?: (number[]|null);

                /** Section routeRows */
                routeRows?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Section. */
            type $Shape = {
              name?: string|null;
              units?: rdu.pef.Unit.$Shape[]|null;
              streams?: rdu.pef.Stream.$Shape[]|null;
              siteRows?: number[]|null;
              routeRows?: number[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Unit.
         * @deprecated Use rdu.pef.Unit.$Properties instead.
         */
        interface IUnit extends rdu.pef.Unit.$Properties {
        }

        /** Represents a Unit. */
        class Unit {

            /**
             * Constructs a new Unit.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Unit.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Unit name. */
            name: string;

            /** Unit origin. */
            origin: number;

            /** Unit load. */
            load?: (rdu.pef.Access.$Properties|null);

            /** Unit store. */
            store?: (rdu.pef.Access.$Properties|null);

            /** Unit memory. */
            memory?: (rdu.pef.Memory.$Properties|null);

            /** Unit compute. */
            compute?: (rdu.pef.Compute.$Properties|null);

            /** Unit kind. */
            kind?: ("load"|"store"|"memory"|"compute");

            /**
             * Encodes the specified Unit message. Does not implicitly {@link rdu.pef.Unit.verify|verify} messages.
             * @param message Unit message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Unit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Unit message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Unit & rdu.pef.Unit.$Shape} Unit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Unit & rdu.pef.Unit.$Shape;
        }

        namespace Unit {

            /** Properties of a Unit. */
            interface $Properties {

                /** Unit name */
                name?: (string|null);

                /** Unit origin */
                origin?: (number|null);

                /** Unit load */
                load?: (rdu.pef.Access.$Properties|null);

                /** Unit store */
                store?: (rdu.pef.Access.$Properties|null);

                /** Unit memory */
                memory?: (rdu.pef.Memory.$Properties|null);

                /** Unit compute */
                compute?: (rdu.pef.Compute.$Properties|null);

                /** Unit kind */
                kind?: ("load"|"store"|"memory"|"compute");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Unit. */
            type $Shape = {
              name?: string|null;
              origin?: number|null;
              load?: rdu.pef.Access.$Shape|null;
              store?: rdu.pef.Access.$Shape|null;
              memory?: rdu.pef.Memory.$Shape|null;
              compute?: rdu.pef.Compute.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ kind?: undefined; load?: null; store?: null; memory?: null; compute?: null }|{ kind?: "load"; load: rdu.pef.Access.$Shape; store?: null; memory?: null; compute?: null }|{ kind?: "store"; load?: null; store: rdu.pef.Access.$Shape; memory?: null; compute?: null }|{ kind?: "memory"; load?: null; store?: null; memory: rdu.pef.Memory.$Shape; compute?: null }|{ kind?: "compute"; load?: null; store?: null; memory?: null; compute: rdu.pef.Compute.$Shape })
            );
        }

        /**
         * Properties of an Access.
         * @deprecated Use rdu.pef.Access.$Properties instead.
         */
        interface IAccess extends rdu.pef.Access.$Properties {
        }

        /** Represents an Access. */
        class Access {

            /**
             * Constructs a new Access.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Access.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Access symbol. */
            symbol: number;

            /** Access programRow. */
            programRow: number;

            /** Access initial. */
            initial: number;

            /**
             * Encodes the specified Access message. Does not implicitly {@link rdu.pef.Access.verify|verify} messages.
             * @param message Access message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Access.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Access message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Access & rdu.pef.Access.$Shape} Access
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Access & rdu.pef.Access.$Shape;
        }

        namespace Access {

            /** Properties of an Access. */
            interface $Properties {

                /** Access symbol */
                symbol?: (number|null);

                /** Access programRow */
                programRow?: (number|null);

                /** Access initial */
                initial?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Access. */
            type $Shape = rdu.pef.Access.$Properties;
        }

        /**
         * Properties of a Memory.
         * @deprecated Use rdu.pef.Memory.$Properties instead.
         */
        interface IMemory extends rdu.pef.Memory.$Properties {
        }

        /** Represents a Memory. */
        class Memory {

            /**
             * Constructs a new Memory.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Memory.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Memory dtype. */
            dtype: number;

            /** Memory elements. */
            elements: (number|Long);

            /** Memory capacity. */
            capacity: (number|Long);

            /** Memory span. */
            span: number;

            /** Memory initial. */
            initial: number;

            /** Memory writeRows. */
            writeRows: number[];

            /** Memory writeFifos. */
            writeFifos: number[];

            /** Memory readRows. */
            readRows: number[];

            /** Memory handshakeRows. */
            handshakeRows: number[];

            /**
             * Encodes the specified Memory message. Does not implicitly {@link rdu.pef.Memory.verify|verify} messages.
             * @param message Memory message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Memory.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Memory message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Memory & rdu.pef.Memory.$Shape} Memory
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Memory & rdu.pef.Memory.$Shape;
        }

        namespace Memory {

            /** Properties of a Memory. */
            interface $Properties {

                /** Memory dtype */
                dtype?: (number|null);

                /** Memory elements */
                elements?: (number|Long|null);

                /** Memory capacity */
                capacity?: (number|Long|null);

                /** Memory span */
                span?: (number|null);

                /** Memory initial */
                initial?: (number|null);

                /** Memory writeRows */
                writeRows?: (number[]|null);

                /** Memory writeFifos */
                writeFifos?: (number[]|null);

                /** Memory readRows */
                readRows?: (number[]|null);

                /** Memory handshakeRows */
                handshakeRows?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Memory. */
            type $Shape = rdu.pef.Memory.$Properties;
        }

        /**
         * Properties of a Compute.
         * @deprecated Use rdu.pef.Compute.$Properties instead.
         */
        interface ICompute extends rdu.pef.Compute.$Properties {
        }

        /** Represents a Compute. */
        class Compute {

            /**
             * Constructs a new Compute.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Compute.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Compute template. */
            template: number;

            /** Compute body. */
            body: number;

            /**
             * Encodes the specified Compute message. Does not implicitly {@link rdu.pef.Compute.verify|verify} messages.
             * @param message Compute message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Compute.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Compute message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Compute & rdu.pef.Compute.$Shape} Compute
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Compute & rdu.pef.Compute.$Shape;
        }

        namespace Compute {

            /** Properties of a Compute. */
            interface $Properties {

                /** Compute template */
                template?: (number|null);

                /** Compute body */
                body?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Compute. */
            type $Shape = rdu.pef.Compute.$Properties;
        }

        /**
         * Properties of a Body.
         * @deprecated Use rdu.pef.Body.$Properties instead.
         */
        interface IBody extends rdu.pef.Body.$Properties {
        }

        /** Represents a Body. */
        class Body {

            /**
             * Constructs a new Body.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Body.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Body systolic. */
            systolic: boolean;

            /** Body domainRow. */
            domainRow: number;

            /** Body inputs. */
            inputs: rdu.pef.Input.$Properties[];

            /** Body instructions. */
            instructions: rdu.pef.Instruction.$Properties[];

            /** Body reductions. */
            reductions: rdu.pef.Reduction.$Properties[];

            /** Body epilogue. */
            epilogue: rdu.pef.Instruction.$Properties[];

            /** Body outputs. */
            outputs: rdu.pef.Output.$Properties[];

            /** Body reduceFrom. */
            reduceFrom: number;

            /** Body bodyInputs. */
            bodyInputs: number;

            /** Body scan. */
            scan: number;

            /** Body countersRow. */
            countersRow: number;

            /** Body epilogueCountersRow. */
            epilogueCountersRow: number;

            /** Body m. */
            m: number;

            /** Body rows. */
            rows: number;

            /** Body accumulate. */
            accumulate: number;

            /**
             * Encodes the specified Body message. Does not implicitly {@link rdu.pef.Body.verify|verify} messages.
             * @param message Body message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Body.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Body message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Body & rdu.pef.Body.$Shape} Body
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Body & rdu.pef.Body.$Shape;
        }

        namespace Body {

            /** Properties of a Body. */
            interface $Properties {

                /** Body systolic */
                systolic?: (boolean|null);

                /** Body domainRow */
                domainRow?: (number|null);

                /** Body inputs */
                inputs?: (rdu.pef.Input.$Properties[]|null);

                /** Body instructions */
                instructions?: (rdu.pef.Instruction.$Properties[]|null);

                /** Body reductions */
                reductions?: (rdu.pef.Reduction.$Properties[]|null);

                /** Body epilogue */
                epilogue?: (rdu.pef.Instruction.$Properties[]|null);

                /** Body outputs */
                outputs?: (rdu.pef.Output.$Properties[]|null);

                /** Body reduceFrom */
                reduceFrom?: (number|null);

                /** Body bodyInputs */
                bodyInputs?: (number|null);

                /** Body scan */
                scan?: (number|null);

                /** Body countersRow */
                countersRow?: (number|null);

                /** Body epilogueCountersRow */
                epilogueCountersRow?: (number|null);

                /** Body m */
                m?: (number|null);

                /** Body rows */
                rows?: (number|null);

                /** Body accumulate */
                accumulate?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Body. */
            type $Shape = rdu.pef.Body.$Properties;
        }

        /**
         * Properties of an Input.
         * @deprecated Use rdu.pef.Input.$Properties instead.
         */
        interface IInput extends rdu.pef.Input.$Properties {
        }

        /** Represents an Input. */
        class Input {

            /**
             * Constructs a new Input.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Input.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Input dtype. */
            dtype: number;

            /** Input type. */
            type: number;

            /** Input broadcast. */
            broadcast: boolean;

            /**
             * Encodes the specified Input message. Does not implicitly {@link rdu.pef.Input.verify|verify} messages.
             * @param message Input message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Input.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Input message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Input & rdu.pef.Input.$Shape} Input
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Input & rdu.pef.Input.$Shape;
        }

        namespace Input {

            /** Properties of an Input. */
            interface $Properties {

                /** Input dtype */
                dtype?: (number|null);

                /** Input type */
                type?: (number|null);

                /** Input broadcast */
                broadcast?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Input. */
            type $Shape = rdu.pef.Input.$Properties;
        }

        /**
         * Properties of an Output.
         * @deprecated Use rdu.pef.Output.$Properties instead.
         */
        interface IOutput extends rdu.pef.Output.$Properties {
        }

        /** Represents an Output. */
        class Output {

            /**
             * Constructs a new Output.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Output.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Output register. */
            register: number;

            /** Output dtype. */
            dtype: number;

            /**
             * Encodes the specified Output message. Does not implicitly {@link rdu.pef.Output.verify|verify} messages.
             * @param message Output message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Output.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Output message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Output & rdu.pef.Output.$Shape} Output
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Output & rdu.pef.Output.$Shape;
        }

        namespace Output {

            /** Properties of an Output. */
            interface $Properties {

                /** Output register */
                register?: (number|null);

                /** Output dtype */
                dtype?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Output. */
            type $Shape = rdu.pef.Output.$Properties;
        }

        /**
         * Properties of an Instruction.
         * @deprecated Use rdu.pef.Instruction.$Properties instead.
         */
        interface IInstruction extends rdu.pef.Instruction.$Properties {
        }

        /** Represents an Instruction. */
        class Instruction {

            /**
             * Constructs a new Instruction.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Instruction.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Instruction op. */
            op: number;

            /** Instruction type. */
            type: number;

            /** Instruction operands. */
            operands: number[];

            /** Instruction storage. */
            storage: number;

            /** Instruction to. */
            to: number;

            /**
             * Encodes the specified Instruction message. Does not implicitly {@link rdu.pef.Instruction.verify|verify} messages.
             * @param message Instruction message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Instruction.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Instruction message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Instruction & rdu.pef.Instruction.$Shape} Instruction
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Instruction & rdu.pef.Instruction.$Shape;
        }

        namespace Instruction {

            /** Properties of an Instruction. */
            interface $Properties {

                /** Instruction op */
                op?: (number|null);

                /** Instruction type */
                type?: (number|null);

                /** Instruction operands */
                operands?: (number[]|null);

                /** Instruction storage */
                storage?: (number|null);

                /** Instruction to */
                to?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Instruction. */
            type $Shape = rdu.pef.Instruction.$Properties;
        }

        /**
         * Properties of a Reduction.
         * @deprecated Use rdu.pef.Reduction.$Properties instead.
         */
        interface IReduction extends rdu.pef.Reduction.$Properties {
        }

        /** Represents a Reduction. */
        class Reduction {

            /**
             * Constructs a new Reduction.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Reduction.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Reduction combiner. */
            combiner: number;

            /** Reduction type. */
            type: number;

            /** Reduction register. */
            register: number;

            /** Reduction index. */
            index: number;

            /** Reduction givesIndex. */
            givesIndex: boolean;

            /**
             * Encodes the specified Reduction message. Does not implicitly {@link rdu.pef.Reduction.verify|verify} messages.
             * @param message Reduction message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Reduction.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Reduction message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Reduction & rdu.pef.Reduction.$Shape} Reduction
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Reduction & rdu.pef.Reduction.$Shape;
        }

        namespace Reduction {

            /** Properties of a Reduction. */
            interface $Properties {

                /** Reduction combiner */
                combiner?: (number|null);

                /** Reduction type */
                type?: (number|null);

                /** Reduction register */
                register?: (number|null);

                /** Reduction index */
                index?: (number|null);

                /** Reduction givesIndex */
                givesIndex?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Reduction. */
            type $Shape = rdu.pef.Reduction.$Properties;
        }

        /**
         * Properties of a Stream.
         * @deprecated Use rdu.pef.Stream.$Properties instead.
         */
        interface IStream extends rdu.pef.Stream.$Properties {
        }

        /** Represents a Stream. */
        class Stream {

            /**
             * Constructs a new Stream.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Stream.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Stream name. */
            name: string;

            /** Stream ends. */
            ends: number[];

            /** Stream dtype. */
            dtype: number;

            /** Stream lanes. */
            lanes: number;

            /** Stream depth. */
            depth: number;

            /**
             * Encodes the specified Stream message. Does not implicitly {@link rdu.pef.Stream.verify|verify} messages.
             * @param message Stream message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Stream.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Stream message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Stream & rdu.pef.Stream.$Shape} Stream
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Stream & rdu.pef.Stream.$Shape;
        }

        namespace Stream {

            /** Properties of a Stream. */
            interface $Properties {

                /** Stream name */
                name?: (string|null);

                /** Stream ends */
                ends?: (number[]|null);

                /** Stream dtype */
                dtype?: (number|null);

                /** Stream lanes */
                lanes?: (number|null);

                /** Stream depth */
                depth?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Stream. */
            type $Shape = rdu.pef.Stream.$Properties;
        }

        /**
         * Properties of a Call.
         * @deprecated Use rdu.pef.Call.$Properties instead.
         */
        interface ICall extends rdu.pef.Call.$Properties {
        }

        /** Represents a Call. */
        class Call {

            /**
             * Constructs a new Call.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Call.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Call section. */
            section?: (number|null);

            /** Call host. */
            host?: (rdu.pef.Host.$Properties|null);

            /** Call kind. */
            kind?: ("section"|"host");

            /**
             * Encodes the specified Call message. Does not implicitly {@link rdu.pef.Call.verify|verify} messages.
             * @param message Call message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Call.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Call message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Call & rdu.pef.Call.$Shape} Call
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Call & rdu.pef.Call.$Shape;
        }

        namespace Call {

            /** Properties of a Call. */
            interface $Properties {

                /** Call section */
                section?: (number|null);

                /** Call host */
                host?: (rdu.pef.Host.$Properties|null);

                /** Call kind */
                kind?: ("section"|"host");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Call. */
            type $Shape = {
              section?: number|null;
              host?: rdu.pef.Host.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ kind?: undefined; section?: null; host?: null }|{ kind?: "section"; section: number; host?: null }|{ kind?: "host"; section?: null; host: rdu.pef.Host.$Shape })
            );
        }

        /**
         * Properties of a Host.
         * @deprecated Use rdu.pef.Host.$Properties instead.
         */
        interface IHost extends rdu.pef.Host.$Properties {
        }

        /** Represents a Host. */
        class Host {

            /**
             * Constructs a new Host.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Host.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Host name. */
            name: string;

            /** Host operation. */
            operation: string;

            /** Host reason. */
            reason: string;

            /** Host inputs. */
            inputs: number[];

            /** Host outputs. */
            outputs: number[];

            /** Host origin. */
            origin: number;

            /**
             * Encodes the specified Host message. Does not implicitly {@link rdu.pef.Host.verify|verify} messages.
             * @param message Host message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Host.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Host message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Host & rdu.pef.Host.$Shape} Host
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Host & rdu.pef.Host.$Shape;
        }

        namespace Host {

            /** Properties of a Host. */
            interface $Properties {

                /** Host name */
                name?: (string|null);

                /** Host operation */
                operation?: (string|null);

                /** Host reason */
                reason?: (string|null);

                /** Host inputs */
                inputs?: (number[]|null);

                /** Host outputs */
                outputs?: (number[]|null);

                /** Host origin */
                origin?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Host. */
            type $Shape = rdu.pef.Host.$Properties;
        }

        /**
         * Properties of a Binding.
         * @deprecated Use rdu.pef.Binding.$Properties instead.
         */
        interface IBinding extends rdu.pef.Binding.$Properties {
        }

        /** Represents a Binding. */
        class Binding {

            /**
             * Constructs a new Binding.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Binding.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Binding name. */
            name: string;

            /** Binding symbol. */
            symbol: string;

            /** Binding type. */
            type: string;

            /**
             * Encodes the specified Binding message. Does not implicitly {@link rdu.pef.Binding.verify|verify} messages.
             * @param message Binding message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Binding.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Binding message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Binding & rdu.pef.Binding.$Shape} Binding
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Binding & rdu.pef.Binding.$Shape;
        }

        namespace Binding {

            /** Properties of a Binding. */
            interface $Properties {

                /** Binding name */
                name?: (string|null);

                /** Binding symbol */
                symbol?: (string|null);

                /** Binding type */
                type?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Binding. */
            type $Shape = rdu.pef.Binding.$Properties;
        }

        /**
         * Properties of a Decision.
         * @deprecated Use rdu.pef.Decision.$Properties instead.
         */
        interface IDecision extends rdu.pef.Decision.$Properties {
        }

        /** Represents a Decision. */
        class Decision {

            /**
             * Constructs a new Decision.
             * @param [properties] Properties to set
             */
            constructor(properties?: rdu.pef.Decision.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Decision nodes. */
            nodes: number[];

            /** Decision rule. */
            rule: number;

            /** Decision verdict. */
            verdict: number;

            /** Decision reason. */
            reason: string;

            /**
             * Encodes the specified Decision message. Does not implicitly {@link rdu.pef.Decision.verify|verify} messages.
             * @param message Decision message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: rdu.pef.Decision.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Decision message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {rdu.pef.Decision & rdu.pef.Decision.$Shape} Decision
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): rdu.pef.Decision & rdu.pef.Decision.$Shape;
        }

        namespace Decision {

            /** Properties of a Decision. */
            interface $Properties {

                /** Decision nodes */
                nodes?: (number[]|null);

                /** Decision rule */
                rule?: (number|null);

                /** Decision verdict */
                verdict?: (number|null);

                /** Decision reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Decision. */
            type $Shape = rdu.pef.Decision.$Properties;
        }
    }
}
