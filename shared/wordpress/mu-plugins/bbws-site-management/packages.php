<?php
/**
 * Which packages may be installed, and plugins' settings.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

/**
 * The vetted packages of the network: for a slug the only one that can be installed.
 */
final class Packages {

	/** The lock under which anything is installed: core first empties the folder into which all packages are unpacked. */
	public const UPGRADER = 'upgrader';

	/** One option for each slug, or of two that are vetted at once one would be lost. */
	private const OPTION = 'bbws_vetted_package_';

	/**
	 * Registers the routes.
	 */
	public static function register_routes(): void {
		$package = array(
			'version'  => array(
				'type'      => 'string',
				'minLength' => 1,
				'required'  => true,
			),
			'replaces' => array(
				'type'      => 'string',
				'minLength' => 1,
			),
		) + Downloads::package_properties();
		$settings = array(
			'settings' => array(
				'type'     => 'object',
				'required' => true,
			),
		);
		route( 'PUT', '/packages/plugins/(?P<slug>[\w-]+)', array( self::class, 'vet' ), 'manage_network_plugins', $package );
		route( 'PUT', '/sites/(?P<id>\d+)/plugins/(?P<slug>[\w-]+)/settings', answered( array( self::class, 'set_settings' ) ), 'manage_network_plugins', $settings );
	}

	/**
	 * Says which package may be installed for a slug.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function vet( WP_REST_Request $request ): array {
		$package = array_filter(
			array(
				'slug'     => $request['slug'],
				'version'  => $request['version'],
				'url'      => $request['url'],
				'sha256'   => strtolower( $request['sha256'] ),
				'replaces' => $request['replaces'],
			),
			'is_string'
		);
		update_network_option( null, self::option( $request['slug'] ), $package );
		return $package;
	}

	/**
	 * The vetted package of a slug.
	 *
	 * @param string $slug The slug.
	 */
	public static function of( string $slug ): ?array {
		$package = Database::surely( static fn() => get_network_option( null, self::option( $slug ) ) );
		return is_array( $package ) ? $package : null;
	}

	/**
	 * The name of a slug's option. MySQL takes names that differ in their case alone for one.
	 *
	 * @param string $slug The slug.
	 */
	private static function option( string $slug ): string {
		return self::OPTION . md5( $slug );
	}

	/**
	 * Sets named options of a plugin on one site, null ones to their default; the others stay.
	 *
	 * They are one option of the site, `bbws_settings_{slug}`, and plugins hear of a change by the action
	 * `bbws_plugin_settings_changed`.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function set_settings( WP_REST_Request $request ): array {
		$site = Site::get( (int) $request['id'] );
		$slug = $request['slug'];
		if ( ! Plugins::file_of( $slug ) ) {
			throw new Refusal( 404, 'bbws_plugin_not_found', 'Plugin not found.' );
		}
		$settings = (array) $request['settings'];
		return Site::at(
			(int) $site->id,
			static function () use ( $slug, $settings ) {
				$option = "bbws_settings_$slug";
				$before = (array) get_option( $option, array() );
				$after  = array_filter( array_merge( $before, $settings ), static fn( $value ) => null !== $value );
				if ( $after !== $before ) {
					update_option( $option, $after );
					/**
					 * A plugin's settings were changed through the API.
					 *
					 * @param string $slug  The plugin's slug.
					 * @param array  $after All that are set.
					 */
					do_action( 'bbws_plugin_settings_changed', $slug, $after );
				}
				return array(
					'slug'     => $slug,
					'settings' => (object) $after,
				);
			}
		);
	}
}
